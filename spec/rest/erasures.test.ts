import { describe, expect, it } from 'vitest'
import { mediaService } from '../support/media.ts'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'
import { eventually } from '../support/until.ts'

describe.each(databases)('the erasure of a user, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const service = () => `/v1/Services/${parley().credentials.service_sid}`
  const room = async (friendlyName: string) => api().conversations((await api().conversations.create({ friendlyName })).sid)

  const erase = async (user: string) => {
    const { status, json } = await ask(parley(), `${service()}/Users/${encodeURIComponent(user)}/Erasure`, { method: 'POST' })
    expect(status).toBe(201)
    return json
  }
  const completed = (user_sid: string) =>
    eventually('the erasure to be completed', async () => {
      const { json } = await ask(parley(), `/v1/Users/${user_sid}/Erasure`)
      return json.status === 'completed' ? json : undefined
    })

  it('takes away what they wrote, uploaded and were; what is not theirs stays, and indexes with it', async () => {
    const alice = `alice, erased on ${database}`
    const [now, once, never] = [await room('now'), await room('once'), await room('never')]
    for (const place of [now, once]) {
      await place.participants.create({ identity: alice, attributes: '{"secret":"of alice"}' })
      await place.participants.create({ identity: 'bob' })
    }
    const { sid: file } = await mediaService(parley()).upload('picture', { as: { identity: alice }, filename: 'of alice.txt' })
    const { sid: unsent } = await mediaService(parley()).upload('unsent', { as: { identity: alice } })
    await now.messages.create({ author: 'bob', body: 'first' })
    await now.messages.create({ author: alice, body: 'secret', mediaSid: file })
    const removed = await now.messages.create({ author: alice, body: 'removed before' })
    await now.messages(removed.sid).remove()
    await now.messages.create({ author: 'bob', body: 'second' })
    await now.messages.create({ author: alice, body: 'the last' })
    for (let at = 0; at < 120; at++) await once.messages.create({ author: at % 3 ? alice : 'bob', body: `${at}` })
    await once.participants(alice).remove()
    await never.messages.create({ author: alice, body: 'in her name' })
    const { sid: user_sid } = await api().users(alice).update({ friendlyName: 'Alice', attributes: '{"secret":"of alice"}' })

    const asked = await erase(user_sid)
    expect(asked).toEqual({
      user_sid,
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      status: 'running',
      conversations_left: 0,
      messages_erased: 0,
      media_erased: 0,
      date_created: expect.stringMatching(/Z$/),
      date_updated: asked.date_created,
      date_completed: null,
      url: `${parley().url}${service()}/Users/${user_sid}/Erasure`,
    })
    expect(await completed(user_sid)).toMatchObject({
      conversations_left: 1,
      messages_erased: 2 + 80 + 1,
      media_erased: 2,
      date_completed: expect.stringMatching(/Z$/),
    })

    expect((await now.messages.list()).map(({ index, body }) => [index, body])).toEqual([
      [0, 'first'],
      [3, 'second'],
    ])
    expect((await now.participants.list()).map(({ identity }) => identity)).toEqual(['bob'])
    expect((await now.messages.create({ author: 'bob', body: 'after' })).index).toBe(5)
    expect((await once.messages.list()).map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, at) => at * 3))
    expect(await never.messages.list()).toEqual([])
    await expect(api().users(user_sid).fetch()).rejects.toMatchObject({ status: 404 })
    await expect(api().users(alice).fetch()).rejects.toMatchObject({ status: 404 })
    for (const sid of [file, unsent]) expect((await mediaService(parley()).get(sid)).status).toBe(404)
    for (const place of [now, once, never]) {
      const { text } = await ask(parley(), `${(await place.fetch()).url}/Export`)
      expect([text.includes('alice'), text.includes('secret')]).toEqual([false, false])
    }
  })

  it('is one, however often and by whatever name it is asked for', async () => {
    const identity = `twice on ${database}`
    const { sid } = await api().users.create({ identity })
    const answers = await Promise.all([
      erase(sid),
      erase(identity),
      erase(sid),
      erase(sid.replace(/[a-f]/g, (digit) => digit.toUpperCase())),
    ])
    expect(new Set(answers.map(({ user_sid }) => user_sid))).toEqual(new Set([sid]))
    const done = await completed(sid)
    expect(await erase(sid)).toEqual({ ...done, url: `${parley().url}${service()}/Users/${sid}/Erasure` })
    for (const method of ['GET', 'POST'])
      expect(await ask(parley(), `${service()}/Users/${encodeURIComponent(identity)}/Erasure`, { method })).toMatchObject({ status: 404 })
  })

  it('leaves the identity to whoever comes later, who has none of it', async () => {
    const identity = `reborn on ${database}`
    const place = await room('theirs')
    await place.participants.create({ identity })
    const { sid } = await api().users(identity).fetch()
    await erase(sid)
    const reborn = await eventually('the identity to be free', () =>
      place.participants.create({ identity }).catch((error) => {
        expect(error).toMatchObject({ status: 409 })
        return undefined
      }),
    )
    expect(reborn.identity).toBe(identity)
    const user = await api().users(identity).fetch()
    expect(user.sid).not.toBe(sid)
    expect((await completed(sid)).conversations_left).toBe(1)
    expect((await place.participants.list()).map((one) => one.identity)).toEqual([identity])
  })

  it('is not there for nobody', async () => {
    for (const method of ['GET', 'POST'])
      for (const user of ['nobody', `US${'0'.repeat(32)}`])
        expect(await ask(parley(), `/v1/Users/${user}/Erasure`, { method })).toMatchObject({ status: 404, json: { code: 20404 } })
    const { sid } = await api().users.create({ identity: `unerased on ${database}` })
    expect(await ask(parley(), `/v1/Users/${sid}/Erasure`)).toMatchObject({ status: 404, json: { code: 20404 } })
  })
})
