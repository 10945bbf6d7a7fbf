import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { helper, sharedParley } from '../support/rest.ts'

const runners = Array.from({ length: 20 }, (_, at) => at)

/** What became of many attempts at once: the winners' values, and the losers' refusals as `status/code`. */
async function race<T>(attempt: (runner: number) => Promise<T>) {
  const outcomes = await Promise.allSettled(runners.map(attempt))
  return {
    won: outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    lost: outcomes.flatMap((one) => (one.status === 'rejected' ? [`${one.reason.status}/${one.reason.code}`] : [])),
  }
}

const all = <T>(value: T) => Array.from({ length: runners.length - 1 }, () => value)

describe.each(databases)('twenty at once, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  it('make one conversation with a unique name', async () => {
    const { won, lost } = await race(() => api().conversations.create({ uniqueName: 'wanted' }))
    expect(won).toHaveLength(1)
    expect(lost).toEqual(all('409/50353'))
    expect((await api().conversations('wanted').fetch()).sid).toBe(won[0]?.sid)
  })

  it('rename one conversation to a unique name', async () => {
    const made = await Promise.all(runners.map(() => api().conversations.create()))
    const { won, lost } = await race((runner) =>
      api()
        .conversations(made[runner]?.sid ?? '')
        .update({ uniqueName: 'renamed' }),
    )
    expect(won).toHaveLength(1)
    expect(lost).toEqual(all('409/50353'))
  })

  it('make one user with an identity', async () => {
    const { won, lost } = await race(() => api().users.create({ identity: 'wanted' }))
    expect(won).toHaveLength(1)
    expect(lost).toEqual(all('409/50201'))
  })

  it('add an identity once to a conversation', async () => {
    const { sid } = await api().conversations.create()
    const { won, lost } = await race(() => api().conversations(sid).participants.create({ identity: 'joiner' }))
    expect(won).toHaveLength(1)
    expect(lost).toEqual(all('409/50433'))
    expect(await api().conversations(sid).participants.list()).toHaveLength(1)
  })

  it('add a new identity to a conversation each, and it becomes one user', async () => {
    const made = await Promise.all(runners.map(() => api().conversations.create()))
    const { lost } = await race((runner) =>
      api()
        .conversations(made[runner]?.sid ?? '')
        .participants.create({ identity: 'everywhere' }),
    )
    expect(lost).toEqual([])
    expect((await api().users('everywhere').userConversations.list()).length).toBe(runners.length)
  })

  it('bind an address pair to one conversation', async () => {
    const made = await Promise.all(runners.map(() => api().conversations.create()))
    const pair = { 'messagingBinding.address': '+15550500001', 'messagingBinding.proxyAddress': '+15550500002' }
    const { won, lost } = await race((runner) =>
      api()
        .conversations(made[runner]?.sid ?? '')
        .participants.create(pair),
    )
    expect(won).toHaveLength(1)
    expect(lost).toEqual(all('409/50416'))
    expect((await api().participantConversations.list({ address: '+15550500001' })).map(({ participantSid }) => participantSid)).toEqual([
      won[0]?.sid,
    ])
  })

  it('delete a conversation once', async () => {
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create({ identity: 'there' })
    const { won, lost } = await race(() => api().conversations(sid).remove())
    expect(won).toEqual([true])
    expect(lost).toEqual(all('404/20404'))
  })

  it('delete a participant once, and a message once', async () => {
    const { sid } = await api().conversations.create()
    const conversation = api().conversations(sid)
    const participant = await conversation.participants.create({ identity: 'there' })
    const message = await conversation.messages.create({ body: 'there' })
    expect(await race(() => conversation.participants(participant.sid).remove())).toEqual({ won: [true], lost: all('404/20404') })
    expect(await race(() => conversation.messages(message.sid).remove())).toEqual({ won: [true], lost: all('404/20404') })
  })

  it('send to a conversation while it is deleted: each is told, and nothing is left', async () => {
    const { sid } = await api().conversations.create({ uniqueName: 'doomed' })
    const conversation = api().conversations(sid)
    const outcomes = await race<unknown>((runner) =>
      runner === 10 ? conversation.remove() : conversation.messages.create({ body: `${runner}` }),
    )
    expect(outcomes.lost.every((refusal) => refusal === '404/20404')).toBe(true)
    await expect(api().conversations(sid).messages.list()).rejects.toMatchObject({ status: 404 })
  })

  it('change different things of one conversation, and none is lost', async () => {
    const { sid } = await api().conversations.create()
    await Promise.all([
      api().conversations(sid).update({ friendlyName: 'n' }),
      api().conversations(sid).update({ uniqueName: 'combined' }),
      api().conversations(sid).update({ attributes: '{"a":1}' }),
      api().conversations(sid).update({ 'timers.closed': 'PT10M' }),
      api().conversations(sid).participants.create({ identity: 'i' }),
      api().conversations(sid).messages.create({ body: 'm' }),
    ])
    expect(await api().conversations(sid).fetch()).toMatchObject({
      friendlyName: 'n',
      uniqueName: 'combined',
      attributes: '{"a":1}',
      timers: { date_closed: expect.any(String) },
    })
  })
})
