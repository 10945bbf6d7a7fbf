import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { startParley } from '../support/parley.ts'
import { Google, serviceAccount } from '../support/push-providers.ts'
import { everything, pushStage } from '../support/push-stage.ts'

const hex = () => randomBytes(16).toString('hex')

it('somebody who is connected to one server process gets no push from another, and one from either when they are gone', async () => {
  const database = await freshDatabase(inject('postgresUrl'))
  await using google = await Google.open()
  const settings = {
    ...google.settings,
    PARLEY_DATABASE_URL: database.url,
    PARLEY_SECRET_KEY: hex() + hex(),
    PARLEY_ACCOUNT_SID: `AC${hex()}`,
    PARLEY_AUTH_TOKEN: hex(),
    PARLEY_API_KEY_SID: `SK${hex()}`,
    PARLEY_API_KEY_SECRET: hex(),
    PARLEY_SERVICE_SID: `IS${hex()}`,
  }
  const [one, other] = [await startParley({ settings }), await startParley({ settings })]
  try {
    const stage = pushStage(() => one)
    await stage.api().credentials.create({ type: 'fcm', secret: serviceAccount().secret })
    await stage.configure(everything)
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const sid = await stage.conversation(alice, bob)
    const client = await pushStage(() => other).connect(bob, { channel_type: 'fcm', data: { registration_id: 'telephone' } })

    // A process may think for some seconds that nobody has a device: what another one wrote is read by and by.
    await one.pacing.advance(6_000)
    const message = await stage.say(sid, alice, 'are you there?')
    expect(await stage.explain(bob, message.sid)).toMatchObject({ reached: false, bindings: [{ obstacles: [{ reason: 'online' }] }] })
    await stage.logged(bob, ({ state }) => state === 'waiting')
    await one.clock.advance(66_000)
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({ state: 'skipped', reason: 'online' })
    expect(google.pushesTo('telephone')).toEqual([])

    await client.close()
    await stage.offline(bob)
    await stage.say(sid, alice, 'gone?')
    expect((await google.pushTo('telephone')).payload.data.message_index).toBe('1')
    await stage.logged(bob, ({ state }) => state === 'sent')
    expect(google.pushesTo('telephone')).toHaveLength(1)

    const counted = (await (await fetch(`${one.url}/metrics`)).text()).match(
      /^parley_pushes_total\{provider="fcm",outcome="sent"\} (\d+)$/m,
    )
    expect(Number(counted?.[1])).toBe(1)
  } finally {
    await Promise.all([one.close(), other.close()])
    await database.drop()
  }
})
