import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { startParley } from '../support/parley.ts'
import { Google, serviceAccount } from '../support/push-providers.ts'
import { everything, pushStage } from '../support/push-stage.ts'
import { eventually } from '../support/until.ts'

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
    // It is known there that nobody has a device.
    await stage.say(sid, alice, 'hello')
    const client = await pushStage(() => other).connect(bob, { channel_type: 'fcm', data: { registration_id: 'telephone' } })

    // One process tells the other that now somebody has: that is known a moment later.
    const message = await eventually('a push of a message', async () => {
      const said = await stage.say(sid, alice, 'are you there?')
      return (await stage.pushes(bob)).length > 0 ? said : undefined
    })
    expect(await stage.explain(bob, message.sid)).toMatchObject({ reached: false, bindings: [{ obstacles: [{ reason: 'online' }] }] })
    await stage.logged(bob, ({ state }) => state === 'waiting')
    await one.clock.advance(66_000)
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({ state: 'skipped', reason: 'online' })
    expect(google.pushesTo('telephone')).toEqual([])

    await client.close()
    await stage.offline(bob)
    const { index } = await stage.say(sid, alice, 'gone?')
    expect((await google.pushTo('telephone')).payload.data.message_index).toBe(String(index))
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
