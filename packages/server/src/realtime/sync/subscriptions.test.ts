import { type SyncObject, syncObjectSid } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { createClock } from '../../base/clock.ts'
import { createLog } from '../../base/log.ts'
import type { Context } from '../../domain/context.ts'
import type { ConversationRow, MessageRow, ParticipantRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Caller } from '../caller.ts'
import { Hub } from '../hub.ts'
import type { Packet } from '../outgoing.ts'
import type { SessionLists } from '../session-list/session-lists.ts'
import { subscribe } from './subscriptions.ts'

const service = `IS${'1'.repeat(32)}`
const alice = `US${'a'.repeat(32)}`
const owner = `CH${'1'.repeat(32)}`
const [document, messages, roster] = (['document', 'messages', 'roster'] as const).map((kind): SyncObject => ({ kind, owner })) as [
  SyncObject,
  SyncObject,
  SyncObject,
]
const types = { document: 'document', messages: 'list', roster: 'map' } as const

const conversation = {
  sid: owner,
  chat_service_sid: service,
  document_event_id: 1,
  messages_event_id: 1,
  roster_event_id: 1,
  next_index: 1,
} as ConversationRow
const message = {
  sid: `IM${'1'.repeat(32)}`,
  conversation_sid: owner,
  position: 0,
  attributes: '{}',
  media: null,
  delivery: null,
  channel_metadata: null,
  created_event_id: 1,
  event_id: 1,
  removed_at: null,
  date_created: 0,
  date_updated: 0,
} as MessageRow
const seat = { participant: { user_sid: alice, conversation_sid: owner }, conversation_permissions: null, service_permissions: '[]' }

/** A client of Alice's, who takes part in the conversation, and what is asked of the database for her. */
function clientOfAlice({ whileReading = () => {} }: { whileReading?: (hub: Hub) => void } = {}) {
  const asked: string[] = []
  const told: { event_type: string; events: { object_sid: string }[] }[] = []
  const noted = <T>(what: string, answer: T): T => {
    asked.push(what)
    return answer
  }
  const read = {
    conversations: { find: async () => noted('conversation', conversation) },
    seats: { find: async () => noted('seat', seat) },
    messages: {
      changedAfter: async () => {
        asked.push('messages')
        whileReading(hub)
        return { rows: [message], complete: 1 }
      },
    },
  } as unknown as Readers
  const clock = createClock()
  const log = createLog({ level: 'silent' })
  const hub = new Hub(read, clock, log)
  const session = {
    user_sid: alice,
    identity: 'alice',
    actor: { kind: 'user', account_sid: 'AC', chat_service_sid: service, user_sid: alice, identity: 'alice' },
    watching: new Map(),
    closed: false,
    push(bytes: Packet) {
      const frame = bytes.toString('utf8')
      told.push(JSON.parse(frame.slice(frame.lastIndexOf('\r\n') + 2)))
    },
    room: () => undefined,
  } as unknown as Caller
  const ctx = {
    store: { read },
    clock,
    log,
    limits: { subscriptionsPerRequest: 100, subscriptionsPerConnection: 100 },
  } as unknown as Context

  /** Subscribes to objects from the event 0 on. */
  const follows = async (...objects: SyncObject[]) => {
    const requests = objects.map((object) => ({
      object_sid: syncObjectSid(object),
      object_type: types[object.kind as keyof typeof types],
      last_event_id: object.kind === 'messages' ? 0 : 1,
    }))
    const body = { action: 'establish', correlation_id: 1, event_protocol_version: 4, requests }
    await subscribe({ ctx, hub, session, body, pacing: clock, lists: undefined as unknown as SessionLists }).work
  }
  return { asked, told, session, follows }
}

describe('a subscription request', () => {
  it('looks at a conversation and at the rights there once, for all of its objects', async () => {
    const { asked, told, follows, session } = clientOfAlice()

    await follows(document, messages, roster)

    expect(asked).toEqual(['conversation', 'seat', 'messages'])
    expect(told.map(({ event_type }) => event_type)).toEqual(['list_item_added', 'subscription_established'])
    expect(told[1]?.events.map(({ object_sid }) => object_sid)).toEqual([document, messages, roster].map(syncObjectSid))
    expect([...session.watching.keys()]).toEqual([document, messages, roster].map(syncObjectSid))
  })

  it('tells nothing of a conversation to somebody who is removed after their rights were looked at', async () => {
    const removed = { conversation_sid: owner, user_sid: alice } as ParticipantRow
    const { told, follows, session } = clientOfAlice({
      whileReading: (hub) => hub.tell({ object: 'conversations', sid: alice, id: 2, kind: 'removed', participant: removed }),
    })

    await follows(messages, roster)

    expect(told.map(({ event_type }) => event_type)).toEqual(['subscription_failed', 'subscription_failed'])
    expect(session.watching.size).toBe(0)
  })
})
