import '../../../spec/support/page.ts'
import { type Client, type Conversation, ReplayEventEmitter } from '@parley/client'
import { act, createElement, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ConversationsProvider,
  useConnectionState,
  useConversation,
  useConversations,
  useLive,
  useMessages,
  useParticipants,
  useTyping,
  useUser,
} from './index.ts'

/** A conversation that the test plays; hooks use no more of the real one. */
class PlayedConversation extends ReplayEventEmitter<Record<string, (value?: unknown) => void>> {
  messages = [0, 1, 2, 3, 4].map((index) => ({ index, body: `message ${index}` }))
  participants = [{ identity: 'alice' }]
  typed = 0
  pages = 0
  constructor(readonly sid: string) {
    super()
  }
  page(to: number, size: number): object {
    this.pages++
    const from = Math.max(0, to - size)
    return { items: this.messages.slice(from, to), hasPrevPage: from > 0, prevPage: async () => this.page(from, size) }
  }
  async getMessages(size: number, anchor = this.messages.length - 1) {
    return this.page(anchor + 1, size)
  }
  async getParticipants() {
    return this.participants
  }
  async typing() {
    this.typed++
  }
  all(): number {
    return this.eventNames().reduce((sum, name) => sum + this.listenerCount(name), 0)
  }
}

class PlayedClient extends ReplayEventEmitter<Record<string, (value?: unknown) => void>> {
  conversations: PlayedConversation[] = []
  connectionDetails = { state: 'connecting', reason: null as string | null }
  async getSubscribedConversations() {
    return { items: this.conversations, hasNextPage: false }
  }
  async getConversationBySid(sid: string) {
    const found = this.conversations.find((one) => one.sid === sid)
    if (!found) throw new Error('Conversation not found')
    return found
  }
  bob = Object.assign(new ReplayEventEmitter<Record<string, (value?: unknown) => void>>(), { identity: 'bob', isOnline: false })
  async getUser() {
    return this.bob
  }
}

let root: Root
let seen: unknown
let client: PlayedClient
const asConversation = (played: PlayedConversation) => played as unknown as Conversation

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  root = createRoot(document.createElement('div'))
  client = new PlayedClient()
})
afterEach(() => act(() => root.unmount()))

function Shown({ hook }: { hook: () => unknown }): ReactNode {
  seen = hook()
  return null
}

/** Shows what a hook says. */
async function show<T>(hook: () => T): Promise<() => T> {
  const shown = createElement(Shown, { hook })
  await act(async () => root.render(createElement(ConversationsProvider, { client: client as unknown as Client }, shown)))
  return () => seen as T
}

describe('useConnectionState', () => {
  it('says the state and its reason, and follows', async () => {
    const state = await show(useConnectionState)
    expect(state().state).toBe('connecting')
    client.connectionDetails = { state: 'denied', reason: 'Access Token expired' }
    act(() => void client.emit('connectionDetailsChanged'))
    expect(state()).toMatchObject({ state: 'denied', reason: 'Access Token expired' })
  })
})

describe('useConversations', () => {
  it('has those that are there, and follows those that come', async () => {
    client.conversations = [new PlayedConversation('CH1')]
    const conversations = await show(useConversations)
    expect(conversations()).toMatchObject({ isLoading: false, value: [{ sid: 'CH1' }] })
    client.conversations = [new PlayedConversation('CH2'), ...client.conversations]
    await act(async () => void client.emit('conversationJoined'))
    expect(conversations().value.map(({ sid }) => sid)).toEqual(['CH2', 'CH1'])
  })

  it('shows what went wrong', async () => {
    client.getSubscribedConversations = () => Promise.reject(new Error('No token'))
    const conversations = await show(useConversations)
    expect(conversations()).toMatchObject({ isLoading: false, error: { message: 'No token' }, value: [] })
  })

  it('reads again when one asks for it', async () => {
    const read = client.getSubscribedConversations
    client.getSubscribedConversations = () => Promise.reject(new Error('The database is away'))
    const conversations = await show(useConversations)
    client.getSubscribedConversations = read
    client.conversations = [new PlayedConversation('CH1')]
    await act(async () => conversations().reload())
    expect(conversations()).toMatchObject({ isLoading: false, error: null, value: [{ sid: 'CH1' }] })
  })

  it('says why the client cannot start, until it has', async () => {
    const read = client.getSubscribedConversations
    client.getSubscribedConversations = () => new Promise(() => {})
    const conversations = await show(useConversations)
    await act(async () => void client.emit('initFailed', { error: { message: 'The database is away', errorCode: 20500 } }))
    expect(conversations()).toMatchObject({ isLoading: false, error: { message: 'The database is away', code: 20500 } })
    client.getSubscribedConversations = read
    await act(async () => void client.emit('initialized'))
    expect(conversations()).toMatchObject({ isLoading: false, error: null })
  })

  it('listens no more when it is gone', async () => {
    await show(useConversations)
    act(() => root.unmount())
    expect(client.eventNames()).toEqual([])
    root = createRoot(document.createElement('div'))
  })
})

describe('a page that comes and goes a thousand times', () => {
  it('leaves no listener behind', async () => {
    const conversation = new PlayedConversation('CH1')
    client.conversations = [conversation]
    const all = () => {
      useConnectionState()
      useConversations()
      useConversation('CH1')
      useMessages(asConversation(conversation))
      useParticipants(asConversation(conversation))
      useTyping(asConversation(conversation))
      useUser('bob')
    }
    const listening = () => [client, conversation, client.bob].map((one) => one.eventNames().length)
    for (let round = 0; round < 1_000; round++) {
      await show(all)
      if (round === 0) expect(listening().every((events) => events > 0)).toBe(true)
      await act(async () => root.unmount())
      root = createRoot(document.createElement('div'))
    }
    expect(listening()).toEqual([0, 0, 0])
  })
})

describe('useConversation', () => {
  it('has the one with this SID, and the new object when the user comes back to it', async () => {
    const [before, after] = [new PlayedConversation('CH1'), new PlayedConversation('CH1')]
    client.conversations = [before]
    const conversation = await show(() => useConversation('CH1'))
    expect(conversation()).toMatchObject({ isLoading: false, error: null })
    expect(conversation().value).toBe(before)
    act(() => void client.emit('conversationJoined', new PlayedConversation('CH2')))
    expect(conversation().value).toBe(before)
    act(() => void client.emit('conversationJoined', after))
    expect(conversation().value).toBe(after)
  })

  it('says that there is none', async () => {
    expect((await show(() => useConversation('CH9')))()).toMatchObject({ value: null, error: { message: 'Conversation not found' } })
  })
})

it('useLive renders what changes, and nobody else', async () => {
  const [one, other] = [new PlayedConversation('CH1'), new PlayedConversation('CH2')]
  let renders = 0
  await show(() => {
    renders++
    return useLive(asConversation(one))
  })
  const before = renders
  act(() => void other.emit('updated'))
  expect(renders).toBe(before)
  act(() => void one.emit('updated'))
  expect(renders).toBe(before + 1)
  await show(() => useLive(asConversation(other)))
  expect(one.all()).toBe(0)
})

it('useUser has a user, and follows their presence', async () => {
  const isOnline = await show(() => useUser('bob').value?.isOnline)
  expect(isOnline()).toBe(false)
  client.bob.isOnline = true
  act(() => void client.bob.emit('updated'))
  expect(isOnline()).toBe(true)
})

describe('useMessages', () => {
  it('has the last page, those that come, and those that are older', async () => {
    const conversation = new PlayedConversation('CH1')
    const messages = await show(() => useMessages(asConversation(conversation), 2))
    expect(messages().value.map(({ index }) => index)).toEqual([3, 4])
    expect(messages().hasOlder).toBe(true)
    act(() => void conversation.emit('messageAdded', { index: 5, body: 'new' }))
    await act(async () => void (await Promise.all([messages().loadOlder(), messages().loadOlder()])))
    expect(messages().value.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5])
    expect(conversation.pages).toBe(2)
    await act(() => messages().loadOlder())
    expect(messages()).toMatchObject({ hasOlder: false, isLoadingOlder: false })
    act(() => void conversation.emit('messageRemoved', { index: 0 }))
    expect(messages().value.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5])
  })

  it('lets go of older ones, and has them again when they are asked for', async () => {
    const conversation = new PlayedConversation('CH1')
    const messages = await show(() => useMessages(asConversation(conversation), 2))
    const indexes = () => messages().value.map(({ index }) => index)
    while (messages().hasOlder) await act(() => messages().loadOlder())
    expect(indexes()).toEqual([0, 1, 2, 3, 4])
    for (const keep of [5, 0]) act(() => messages().forgetOlder(keep))
    expect(messages()).toMatchObject({ hasOlder: false, value: { length: 5 } })
    act(() => messages().forgetOlder(3))
    expect(indexes()).toEqual([2, 3, 4])
    expect(messages().hasOlder).toBe(true)
    await act(() => messages().loadOlder())
    expect(indexes()).toEqual([0, 1, 2, 3, 4])
    expect(messages().hasOlder).toBe(false)
  })

  it('turns to another conversation, and leaves the first one alone', async () => {
    const [first, second] = [new PlayedConversation('CH1'), new PlayedConversation('CH2')]
    second.messages = [{ index: 9, body: 'other' }]
    await show(() => useMessages(asConversation(first)))
    const messages = await show(() => useMessages(asConversation(second)))
    expect(messages().value.map(({ index }) => index)).toEqual([9])
    expect(first.all()).toBe(0)
  })

  it('waits without a conversation', async () => {
    expect((await show(() => useMessages(null)))()).toMatchObject({ isLoading: true, value: [], hasOlder: false })
  })
})

it('useParticipants follows who comes and goes', async () => {
  const conversation = new PlayedConversation('CH1')
  const participants = await show(() => useParticipants(asConversation(conversation)))
  expect(participants().value.map(({ identity }) => identity)).toEqual(['alice'])
  conversation.participants = [{ identity: 'alice' }, { identity: 'bob' }]
  await act(async () => void conversation.emit('participantJoined'))
  expect(participants().value.map(({ identity }) => identity)).toEqual(['alice', 'bob'])
})

it('useTyping says who types, and lets the user say so', async () => {
  const conversation = new PlayedConversation('CH1')
  const bob = { identity: 'bob' }
  const typing = await show(() => useTyping(asConversation(conversation)))
  act(() => void conversation.emit('typingStarted', bob))
  act(() => void conversation.emit('typingStarted', bob))
  expect(typing().typing).toEqual([bob])
  act(() => void conversation.emit('typingEnded', bob))
  expect(typing().typing).toEqual([])
  typing().type()
  expect(conversation.typed).toBe(1)
})
