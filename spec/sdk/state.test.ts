import type { Conversation, Message } from '@twilio/conversations'
import { afterEach, expect, it } from 'vitest'
import { type App, messageState, participantState, stateOf } from '../support/sdk.ts'
import { onEveryStage, type Stage } from '../support/stage.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** As many changes as there are ways to change something, several times over. */
const steps = 160

onEveryStage('State and events', (stage) => {
  let network: TcpProxy | undefined
  afterEach(() => network?.close())

  it('an app that followed everything knows what one knows that asks afresh', async () => {
    network = await openTcpProxy({ port: Number(new URL(stage.parley.url).port) })
    const world = await createWorld(stage, network, 1)
    for (let step = 0; step < steps; step++) await world.change()
    await world.compare()
  }, 180_000)
})

/** Everything that an app has been told, put together from events alone once it has begun. */
class Follower {
  readonly messages = new Map<string, Map<number, Message>>()

  constructor(readonly app: App) {
    app.client.on('messageAdded', (message) => this.messagesOf(message.conversation).set(message.index, message))
    // It may be said behind the end of the conversation, which it must not bring back.
    app.client.on('messageRemoved', (message) => this.messages.get(message.conversation.sid)?.delete(message.index))
    app.client.on('conversationLeft', (conversation) => this.messages.delete(conversation.sid))
  }

  messagesOf({ sid }: Conversation): Map<number, Message> {
    const known = this.messages.get(sid) ?? new Map<number, Message>()
    this.messages.set(sid, known)
    return known
  }

  /** Begins to follow a conversation: what is there is read once. */
  async follow(sid: string): Promise<void> {
    const conversation = await this.app.conversation(sid)
    await conversation.getParticipants()
    for (const message of await allMessages(conversation)) this.messagesOf(conversation).set(message.index, message)
  }
}

async function allMessages(conversation: Conversation): Promise<Message[]> {
  let page = await conversation.getMessages(100, 0, 'forward')
  const found = [...page.items]
  while (page.hasNextPage) {
    page = await page.nextPage()
    found.push(...page.items)
  }
  return found
}

type Snapshot = Record<string, unknown>

const bySid = <T extends { sid: string }>(rows: T[]) => rows.toSorted((a, b) => a.sid.localeCompare(b.sid))

async function snapshotOf(app: App, people: string[], messagesOf: (conversation: Conversation) => Promise<Message[]>): Promise<Snapshot> {
  const snapshot: Snapshot = {}
  let page = await app.client.getSubscribedConversations()
  const conversations = [...page.items]
  while (page.hasNextPage) {
    page = await page.nextPage()
    conversations.push(...page.items)
  }
  for (const conversation of bySid(conversations)) {
    const participants = (await conversation.getParticipants()).map(participantState).map(({ lastReadTimestamp, ...state }) => ({
      ...state,
      // Official SDKs keep the time of a position that was taken away.
      lastReadTimestamp: state.lastReadMessageIndex === null ? null : lastReadTimestamp,
    }))
    const messages = (await messagesOf(conversation)).map(messageState).toSorted((a, b) => a.index - b.index)
    snapshot[conversation.sid] = { conversation: stateOf(conversation), participants: bySid(participants), messages }
  }
  for (const identity of people) {
    const { friendlyName, attributes } = await app.client.getUser(identity)
    snapshot[identity] = { friendlyName, attributes }
  }
  return snapshot
}

/** People, conversations, somebody who follows all of it, and things that happen, in an order that the seed decides. */
async function createWorld(stage: Stage, network: TcpProxy, seed: number) {
  const chance = chanceOf(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T
  const { conversations, users } = stage.parley.conversations
  const rest = (sid: string) => conversations(sid)
  const roles = await stage.parley.conversations.roles.list()
  const admin = roles.find((role) => role.friendlyName === 'channel admin')?.sid ?? ''
  const member = roles.find((role) => role.friendlyName === 'channel user')?.sid ?? ''

  const people = ['ann', 'ben', 'cleo'].map(stage.name)
  const me = stage.name('follower')
  const everybody = [...people, me]
  const apps = new Map(await Promise.all(people.map(async (identity) => [identity, await stage.connect(identity)] as const)))
  const follower = new Follower(await stage.connect(me, { uri: network.url(stage.parley.socketUrl) }))
  const talks: string[] = []
  /** Those whom the follower takes part in. */
  const followed = new Set<string>()
  let count = 0

  async function addTo(sid: string, identity: string) {
    if (identity === me) follower.app.forget()
    await rest(sid).participants.create({ identity, roleSid: admin })
    if (identity !== me) return apps.get(identity)?.conversation(sid)
    followed.add(sid)
    await follower.follow(sid)
  }
  async function found() {
    const { sid } = await conversations.create({ friendlyName: `talk ${++count}` })
    for (const identity of everybody) await addTo(sid, identity)
    talks.push(sid)
  }
  const membersOf = async (sid: string) => (await rest(sid).participants.list()).map(({ identity }) => identity)
  const present = async (sid: string) => (await membersOf(sid)).filter((identity) => identity !== null && identity !== me)
  const someMessage = async (sid: string) => pick(await rest(sid).messages.list())

  const attributes = () => JSON.stringify({ n: ++count, list: [chance() < 0.5, null, 'x'] })
  const happenings: (() => Promise<unknown>)[] = [
    async () => {
      const sid = pick(talks)
      const author = pick(await present(sid))
      if (!author) return
      const conversation = await apps.get(author)?.conversationNow(sid)
      await conversation?.sendMessage(`message ${++count}`, JSON.parse(attributes()))
    },
    async () => rest(pick(talks)).messages.create({ body: `by REST ${++count}`, author: pick(people) }),
    async () => {
      const sid = pick(talks)
      const message = await someMessage(sid)
      if (message)
        await rest(sid)
          .messages(message.sid)
          .update({ body: `edited ${++count}` })
    },
    async () => {
      const sid = pick(talks)
      const message = await someMessage(sid)
      if (message)
        await rest(sid)
          .messages(message.sid)
          .update({ attributes: attributes(), author: pick(people) })
    },
    async () => {
      const sid = pick(talks)
      const message = await someMessage(sid)
      if (message) await rest(sid).messages(message.sid).remove()
    },
    async () => rest(pick(talks)).update({ friendlyName: `renamed ${++count}` }),
    async () => rest(pick(talks)).update({ attributes: attributes() }),
    async () => rest(pick(talks)).update({ uniqueName: chance() < 0.3 ? '' : stage.name('unique') }),
    async () => rest(pick(talks)).update({ state: pick(['active', 'inactive'] as const) }),
    async () =>
      rest(pick(talks)).participants.create({ 'messagingBinding.address': stage.phone(), 'messagingBinding.proxyAddress': '+15005550006' }),
    async () => {
      const sid = pick(talks)
      const participant = pick(await rest(sid).participants.list())
      if (participant)
        await rest(sid)
          .participants(participant.sid)
          .update({ attributes: attributes(), roleSid: pick([admin, member]) })
    },
    async () => {
      const sid = pick(talks)
      const identity = pick(people)
      const there = (await membersOf(sid)).includes(identity)
      if (there) await rest(sid).participants(identity).remove()
      else await rest(sid).participants.create({ identity })
    },
    async () => {
      const sid = pick(talks)
      const [identity] = await present(sid)
      if (identity)
        await users(identity)
          .userConversations(sid)
          .update({ lastReadMessageIndex: Math.floor(chance() * 10) })
    },
    async () => {
      const sid = pick([...followed])
      const position = chance() < 0.3 ? ('' as unknown as number) : Math.floor(chance() * 10)
      if (sid)
        await users(me)
          .userConversations(sid)
          .update({ lastReadMessageIndex: position, notificationLevel: pick(['default', 'muted'] as const) })
    },
    async () => users(pick(everybody)).update({ friendlyName: `name ${++count}` }),
    async () => users(pick(everybody)).update({ attributes: attributes() }),
    async () => {
      const sid = pick(talks)
      if (!followed.delete(sid)) return addTo(sid, me)
      await rest(sid).participants(me).remove()
      await follower.app.sees('that they are out', () => (follower.messages.has(sid) ? undefined : true))
    },
    async () => (talks.length < 6 ? found() : undefined),
    async () => {
      if (talks.length < 4) return
      const sid = pick(talks)
      talks.splice(talks.indexOf(sid), 1)
      followed.delete(sid)
      await rest(sid).remove()
    },
    async () => {
      network.cut()
      for (const again of [0, 1, 2, 3, 4, 5]) {
        const happening = pick(happenings.slice(0, 16 - (again % 2)))
        await happening()
      }
      network.mend()
      await follower.app.sees('the network', () => (follower.app.client.connectionState === 'connected' ? true : undefined))
    },
  ]

  for (const _ of [1, 2, 3]) await found()
  for (const identity of everybody) await follower.app.client.getUser(identity)

  return {
    change: () => pick(happenings)(),

    async compare() {
      const afresh = await stage.connect(me)
      for (const sid of followed) await afresh.conversation(sid)
      const expected = await snapshotOf(afresh, everybody, allMessages)
      const followedNow = () => snapshotOf(follower.app, everybody, async (conversation) => [...follower.messagesOf(conversation).values()])
      const same = async () => (JSON.stringify(await followedNow()) === JSON.stringify(expected) ? true : undefined)
      await follower.app.sees('everything', same).catch(() => {})
      expect(await followedNow()).toEqual(expected)
      expect(Object.keys(expected)).toHaveLength(followed.size + everybody.length)
    },
  }
}

/** Numbers between 0 and 1 that a seed decides. */
function chanceOf(seed: number): () => number {
  let state = seed * 2_654_435_769
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
