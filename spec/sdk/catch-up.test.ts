import { Client } from '@parley/client'
import { afterEach, expect, it } from 'vitest'
import type { App, AppEvent } from '../support/sdk.ts'
import { onEveryStage, type Stage } from '../support/stage.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

onEveryStage('Who was away', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)
  const networks: TcpProxy[] = []
  afterEach(async () => {
    for (const network of networks.splice(0)) await network.close()
  })

  /** An app behind a network that can be cut. */
  async function connectThrough(identity = stage.name('away')) {
    const network = await openTcpProxy({ port: Number(new URL(stage.parley.url).port) })
    networks.push(network)
    return { network, app: await stage.connect(identity, { uri: network.url(stage.parley.socketUrl) }) }
  }

  /** The conversation, wholly opened: an official SDK whose connection breaks while it opens one leaves an unhandled rejection behind. */
  async function settled(app: App, sid: string) {
    const conversation = await app.conversation(sid)
    await conversation.getParticipants()
    await conversation.getMessages()
    return conversation
  }

  it.each(['the network was cut', 'the server restarted'])('hears exactly what they missed, after %s', async (what) => {
    const before = await furnish(stage)
    const { network, app } = await connectThrough(before.away)
    const { kept, left, back, deleted } = await before.open(app)
    app.forget()

    network.cut()
    await app.hears('connectionStateChanged', (state) => state === 'connecting')
    await before.changeHalf()
    if (what === 'the server restarted') await stage.parley.restart()
    const news = await before.changeOtherHalf()
    app.forget()
    network.mend()
    await app.hears('connectionStateChanged', (state) => state === 'connected')

    await before.heardOf(app, news)
    // Behind what changes now, nothing that was missed can still be on its way.
    await before.fence(app)

    const { name } = before
    const heard = (...names: AppEvent[]) => app.story(...names).filter((told) => !told.includes('fence'))
    expect(heard('messageAdded')).toEqual(['messageAdded 3 missed', 'messageAdded 4 missed and edited', 'messageAdded 6 missed too'])
    expect(heard('messageUpdated')).toEqual(['messageUpdated 0 edited twice [attributes,body,dateUpdated,lastUpdatedBy]'])
    expect(heard('messageRemoved')).toEqual(['messageRemoved 1 to be removed'])
    // Whether one hears of one's own going and coming depends on which of two lists the app opens first.
    const others = (event: AppEvent) => heard(event).filter((told) => !told.includes(before.away))
    expect(others('participantJoined')).toEqual([`participantJoined ${name('newcomer')}`])
    expect(others('participantLeft')).toEqual([`participantLeft ${name('leaver')}`])
    expect(others('participantUpdated')).toEqual([
      `participantUpdated ${name('stayer')} [attributes,dateUpdated,lastReadMessageIndex,lastReadTimestamp]`,
    ])
    const fenced = `userUpdated ${name('stayer')} [attributes]`
    expect(heard('userUpdated')).toEqual([
      `userUpdated ${name('stayer')} [friendlyName]`,
      `userUpdated ${name('stayer')} [attributes]`,
      fenced,
    ])
    expect(heard('conversationUpdated').toSorted()).toEqual(
      [
        `conversationUpdated ${name('kept renamed')} [attributes,dateUpdated,friendlyName,lastMessage]`,
        `conversationUpdated ${name('kept')} [lastReadMessageIndex,notificationLevel]`,
      ].toSorted(),
    )
    const membership = heard('conversationAdded', 'conversationJoined', 'conversationLeft', 'conversationRemoved')
    expect(membership.filter((told) => told.endsWith(name('left')))).toEqual(both('Left', 'Removed', name('left')))
    expect(membership.filter((told) => told.endsWith(name('deleted')))).toEqual(both('Left', 'Removed', name('deleted')))
    expect(membership.filter((told) => told.endsWith(name('back')))).toEqual([
      ...both('Left', 'Removed', name('back')),
      ...both('Added', 'Joined', name('back')),
    ])
    expect(membership.filter((told) => told.endsWith(name('news')))).toEqual(both('Added', 'Joined', name('news')))
    expect(membership).toHaveLength(10)

    const page = await app.client.getSubscribedConversations()
    expect(page.items.map((conversation) => conversation.sid).toSorted()).toEqual([kept, back, news].toSorted())
    expect(page.items.some((conversation) => [left, deleted].includes(conversation.sid))).toBe(false)
  })

  it('hears a message once, though the connection broke again while they caught up', async () => {
    const { network, app } = await connectThrough()
    const sid = await stage.conversation(app.identity)
    await settled(app, sid)
    for (const number of [1, 2, 3]) {
      network.cut()
      await rest(sid).messages.create({ body: `missed ${number}` })
      network.mend()
      await app.hears('connectionStateChanged', (state) => state === 'connected')
      network.cut()
      await rest(sid).messages.create({ body: `missed again ${number}` })
      app.forget()
      network.mend()
      await app.hears('messageAdded', (message) => message.body === `missed again ${number}`)
    }
    expect((await (await app.conversationNow(sid)).getMessages()).items.map((message) => message.index)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('hears 1,200 missed messages, each once and in order', async () => {
    const { network, app } = await connectThrough()
    const sid = await stage.conversation(app.identity, 'writer')
    await settled(app, sid)
    app.forget()
    network.cut()
    // This is about who hears: whoever writes uses what writes fastest.
    const writer = await Client.create(stage.parley.token('writer'), { url: stage.parley.url })
    const written = await writer.getConversationBySid(sid)
    await Promise.all(Array.from({ length: 1_200 }, (_, at) => written.sendMessage(`${at}`)))
    network.mend()
    await app.hears('messageAdded', (message) => message.index === 1_199)
    expect(app.all('messageAdded').map((message) => message.index)).toEqual(Array.from({ length: 1_200 }, (_, at) => at))
    await written.sendMessage('and live again')
    await app.hears('messageAdded', (message) => message.index === 1_200)
    expect(app.all('messageAdded')).toHaveLength(1_201)
    await writer.shutdown()
  })

  it('has what they sent meanwhile sent once, when they are back', async () => {
    const { network, app } = await connectThrough()
    const sid = await stage.conversation(app.identity)
    const conversation = await settled(app, sid)
    app.forget()
    network.cut()
    await app.hears('connectionStateChanged', (state) => state === 'connecting')
    const sending = Promise.all(['one', 'two', 'three'].map((body) => conversation.sendMessage(body)))
    network.mend()
    expect(await sending).toEqual([0, 1, 2])
    expect((await rest(sid).messages.list()).map((message) => message.body)).toEqual(['one', 'two', 'three'])
  })

  it('is told that the server cannot be reached, and is ready when it can be again', async () => {
    const network = await openTcpProxy({ port: Number(new URL(stage.parley.url).port) })
    networks.push(network)
    network.cut()
    const app = stage.open(stage.name('early'), { uri: network.url(stage.parley.socketUrl) })
    await app.hears('connectionStateChanged', (state) => state === 'retrying')
    expect(await app.hears('connectionError')).toMatchObject({ terminal: false, httpStatusCode: null, errorCode: null })
    expect(await app.hears('initFailed')).toMatchObject({ error: { terminal: false, message: expect.stringMatching(/./) } })
    await app.sees('that more attempts are in vain', () => app.all('connectionError')[2])
    expect(app.client.connectionState).toBe('retrying')

    network.mend()
    await app.hears('stateChanged', (state) => state === 'initialized')
    expect((await app.client.getSubscribedConversations()).items).toEqual([])
    expect(app.all('connectionStateChanged')).toEqual(['connecting', 'retrying', 'connected'])
    expect(app.all('stateChanged')).toEqual(['failed', 'initialized'])
  })

  it('is served by a server that was restarted under them, without a lost message', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage('before')
    await bob.app.hears('messageAdded')
    for (const { app } of [alice, bob]) app.forget()
    await stage.parley.restart()
    for (const { app } of [alice, bob]) await app.hears('connectionStateChanged', (state) => state === 'connected')
    expect(await alice.conversation.sendMessage('after')).toBe(1)
    await bob.app.hears('messageAdded', (message) => message.body === 'after')
    expect(bob.app.story('messageAdded')).toEqual(['messageAdded 1 after'])
  })
})

const both = (first: string, second: string, name: string) => [`conversation${first} ${name}`, `conversation${second} ${name}`]

/** A little world around somebody who goes away, and what happens in it meanwhile. */
async function furnish(stage: Stage) {
  const mark = stage.name('')
  const name = (what: string) => `${what}${mark}`
  const { conversations, users } = stage.parley.conversations
  const away = name('away')
  const make = async (what: string, ...others: string[]) => {
    const { sid } = await conversations.create({ friendlyName: name(what) })
    for (const identity of [away, ...others.map(name)]) await conversations(sid).participants.create({ identity })
    return sid
  }
  const [kept, left, back, deleted] = [
    await make('kept', 'stayer', 'leaver'),
    await make('left'),
    await make('back'),
    await make('deleted'),
  ]
  const post = async (sid: string, body: string) => (await conversations(sid).messages.create({ body })).sid
  const edited = await post(kept, 'to be edited')
  const removed = await post(kept, 'to be removed')
  await post(kept, 'untouched')

  return {
    away,
    name,

    /** What the app holds before it goes away: everything opened, the messages read, a user looked at. */
    async open(app: App) {
      for (const sid of [left, back, deleted, kept]) await (await app.conversation(sid)).getParticipants()
      const conversation = await app.conversation(kept)
      await conversation.getMessages()
      await app.client.getUser(name('stayer'))
      // Heard live, so everything is subscribed to.
      await conversations(kept).update({ attributes: '{"settled":true}' })
      await app.hears('conversationUpdated', ({ updateReasons }) => updateReasons.includes('attributes'))
      return { kept, left, back, deleted }
    },

    async changeHalf() {
      await post(kept, 'missed')
      const soon = await post(kept, 'missed and to be edited')
      const never = await post(kept, 'never seen')
      await conversations(kept).messages(soon).update({ body: 'missed and edited' })
      await conversations(kept).messages(never).remove()
      await conversations(kept).messages(edited).update({ body: 'edited once' })
      await conversations(kept).messages(removed).remove()
      await conversations(left).participants(away).remove()
      await conversations(back).participants(away).remove()
      await conversations(kept).participants.create({ identity: name('newcomer') })
      await users(name('stayer')).update({ friendlyName: 'Renamed' })
      // Come and gone: nobody who was away hears of it.
      await conversations(kept).participants.create({ identity: name('passer-by') })
      await conversations(kept).participants(name('passer-by')).remove()
      const passing = await make('passing')
      await conversations(passing).participants(away).remove()
    },

    async changeOtherHalf() {
      await conversations(kept).messages(edited).update({ body: 'edited twice', attributes: '{"edited":2}' })
      await post(kept, 'missed too')
      await conversations(kept).update({ friendlyName: name('kept renamed'), attributes: '{"settled":"long ago"}' })
      await conversations(kept).participants(name('leaver')).remove()
      await conversations(kept).participants(name('stayer')).update({ attributes: '{"stays":true}', lastReadMessageIndex: 2 })
      await users(away).userConversations(kept).update({ lastReadMessageIndex: 1, notificationLevel: 'muted' })
      await users(name('stayer')).update({ attributes: '{"a":1}' })
      await conversations(back).participants.create({ identity: away })
      await conversations(deleted).remove()
      return make('news')
    },

    /** Waits until the app has heard of the last change of each thing. */
    async heardOf(app: App, news: string) {
      for (const sid of [news, back]) await app.hears('conversationJoined', (conversation) => conversation.sid === sid)
      for (const sid of [left, deleted]) await app.hears('conversationRemoved', (conversation) => conversation.sid === sid)
      await app.hears('messageAdded', (message) => message.body === 'missed too')
      await app.hears('participantUpdated', ({ participant }) => participant.identity === name('stayer'))
      await app.hears('userUpdated', ({ updateReasons }) => updateReasons.includes('attributes'))
      await app.hears('conversationUpdated', ({ updateReasons }) => updateReasons.includes('friendlyName'))
      await app.hears('conversationUpdated', ({ updateReasons }) => updateReasons.includes('notificationLevel'))
    },

    /** Changes each thing once more, under another name, and waits until the app has heard of all. */
    async fence(app: App) {
      await conversations(kept).update({ friendlyName: 'fence' })
      await post(kept, 'fence')
      await conversations(kept).participants.create({ identity: name('fence') })
      await users(name('stayer')).update({ attributes: '{"fence":1}' })
      await users(away).userConversations(kept).update({ notificationLevel: 'default' })
      await app.hears('messageAdded', (message) => message.body === 'fence')
      await app.hears('participantJoined', (participant) => participant.identity === name('fence'))
      await app.hears('userUpdated', ({ user }) => 'fence' in (user.attributes as object))
      await app.hears('conversationUpdated', ({ conversation }) => conversation.friendlyName === 'fence')
      await app.hears(
        'conversationUpdated',
        ({ conversation }) => conversation.sid === kept && conversation.notificationLevel === 'default',
      )
    },
  }
}
