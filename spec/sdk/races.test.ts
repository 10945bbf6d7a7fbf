import { expect, it } from 'vitest'
import { refusal } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

/** How many succeeded, and what the others were told. */
async function raced<T>(attempts: Promise<T>[]) {
  const settled = await Promise.allSettled(attempts)
  const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const refusals = await Promise.all(settled.flatMap((one) => (one.status === 'rejected' ? [refusal(Promise.reject(one.reason))] : [])))
  return { won, codes: [...new Set(refusals.map(({ code }) => code))], lost: refusals.length }
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at)

onEveryStage('Races', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)

  it('of 200 messages from four clients end in one order, which is the same for everybody', async () => {
    const people = await stage.talk('alice', 'bob', 'carol', 'dave')
    const seats = [people.alice, people.bob, people.carol, people.dave]
    const silent = await stage.connect(people.alice.identity)
    await silent.opened(people.sid)

    const indexes = await Promise.all(
      range(200).map((number) => (seats[number % 4] as (typeof seats)[0]).conversation.sendMessage(`${number}`)),
    )

    expect(indexes.toSorted((a, b) => a - b)).toEqual(range(200))
    const order = (await rest(people.sid).messages.list({ limit: 300 })).map((message) => `${message.index} ${message.body}`)
    expect(order).toHaveLength(200)
    for (const app of [...seats.map((seat) => seat.app), silent]) {
      await app.hears('messageAdded', (message) => message.index === 199)
      expect(app.story('messageAdded')).toEqual(order.map((told) => `messageAdded ${told}`))
    }
    for (const [number, index] of indexes.entries()) expect(order[index]).toBe(`${index} ${number}`)
    // Each client's own messages keep the order it sent them in.
    for (const seat of [0, 1, 2, 3]) {
      const own = indexes.filter((_, number) => number % 4 === seat)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
  })

  it('of messages from apps and from REST end in one order too', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await Promise.all([
      ...range(40).map((number) => alice.conversation.sendMessage(`app ${number}`)),
      ...range(40).map((number) => rest(sid).messages.create({ body: `rest ${number}` })),
    ])
    const order = (await rest(sid).messages.list({ limit: 100 })).map((message) => `messageAdded ${message.index} ${message.body}`)
    expect(order).toHaveLength(80)
    for (const { app } of [alice, bob]) {
      await app.hears('messageAdded', (message) => message.index === 79)
      expect(app.story('messageAdded')).toEqual(order)
    }
  })

  it('for a unique name have one winner, the others are told 50353', async () => {
    const uniqueName = stage.name('wanted')
    const apps = await Promise.all(range(4).map(() => stage.connect()))
    const { won, lost, codes } = await raced<unknown>([
      ...apps.flatMap((app) => range(5).map(() => app.client.createConversation({ uniqueName }))),
      ...range(5).map(() => stage.parley.conversations.conversations.create({ uniqueName })),
    ])
    expect([won.length, lost, codes]).toEqual([1, 24, [50353]])
  })

  it('to rename to the same unique name have one winner', async () => {
    const owners = await Promise.all(range(4).map((at) => stage.found(`owner-${at}`)))
    const uniqueName = stage.name('wanted too')
    const { won, lost, codes } = await raced(owners.map(({ conversation }) => conversation.updateUniqueName(uniqueName)))
    expect([won.length, lost, codes]).toEqual([1, 3, [50353]])
  })

  it('to add the same identity have one winner, and make one user', async () => {
    const { conversation } = await stage.found('owner')
    const identity = stage.name('wanted')
    const { won, lost, codes } = await raced<unknown>([
      ...range(6).map(() => conversation.add(identity)),
      ...range(6).map(() => rest(conversation.sid).participants.create({ identity })),
    ])
    expect([won.length, lost, codes]).toEqual([1, 11, [50433]])
    expect((await stage.parley.conversations.users.list({ limit: 5_000 })).filter((user) => user.identity === identity)).toHaveLength(1)
  })

  it('of new identities that connect and are added at once make one user each', async () => {
    const identity = stage.name('newborn')
    const sids = await Promise.all(range(5).map(() => stage.conversation()))
    const [first, second] = await Promise.all([
      stage.connect(identity),
      stage.connect(identity),
      ...sids.map((sid) => rest(sid).participants.create({ identity })),
    ])
    expect((await stage.parley.conversations.users.list({ limit: 5_000 })).filter((user) => user.identity === identity)).toHaveLength(1)
    for (const app of [first, second])
      for (const sid of sids) await app.hears('conversationJoined', (conversation) => conversation.sid === sid)
  })

  it('for an address pair have one winner over all conversations, the others are told 50416', async () => {
    const phone = stage.phone()
    const sids = await Promise.all(range(6).map(() => stage.conversation()))
    const binding = { 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': '+15005550006' }
    const { won, lost, codes } = await raced(
      sids.flatMap((sid) => [rest(sid).participants.create(binding), rest(sid).participants.create(binding)]),
    )
    expect([won.length, lost, codes]).toEqual([1, 11, [50416]])
  })

  it('to leave and to be removed have one winner', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    const { won } = await raced<unknown>([
      alice.conversation.leave(),
      rest(sid).participants(alice.identity).remove(),
      rest(sid).participants(alice.identity).remove(),
    ])
    expect(won.length).toBe(1)
    await alice.app.hears('conversationRemoved')
    await bob.app.hears('participantLeft')
    await bob.conversation.sendMessage('all quiet')
    await bob.app.hears('messageAdded')
    expect(bob.app.all('participantLeft')).toHaveLength(1)
  })

  it('to edit the same things end in the same state for everybody', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage('contested')
    const message = await alice.app.hears('messageAdded')
    const seen = await bob.app.hears('messageAdded')
    await Promise.all(
      range(30).flatMap((number) => [
        message.updateBody(`${number}`),
        rest(sid)
          .messages(message.sid)
          .update({ body: `rest ${number}` }),
      ]),
    )
    const { body } = await rest(sid).messages(message.sid).fetch()
    await alice.app.sees('the last edit', () => (message.body === body ? true : undefined))
    await bob.app.sees('the last edit', () => (seen.body === body ? true : undefined))
    expect([message.lastUpdatedBy, seen.dateUpdated]).toEqual([seen.lastUpdatedBy, message.dateUpdated])
  })

  it('of joining and leaving end as the roster says', async () => {
    const { alice, sid } = await stage.talk('alice')
    await alice.conversation.getParticipants()
    const guests = range(10).map((at) => stage.name(`guest-${at}`))
    await Promise.all(
      guests.map(async (identity, at) => {
        for (const round of range(3)) {
          await rest(sid).participants.create({ identity })
          if (round < 2 || at % 2 === 0) await rest(sid).participants(identity).remove()
        }
      }),
    )
    const there = (await rest(sid).participants.list()).map((participant) => participant.identity).toSorted()
    expect(there).toEqual([alice.identity, ...guests.filter((_, at) => at % 2 === 1)].toSorted())
    await alice.app.sees('the same people', async () => {
      const people = (await alice.conversation.getParticipants()).map((participant) => participant.identity).toSorted()
      return people.join() === there.join() ? true : undefined
    })
  })
})
