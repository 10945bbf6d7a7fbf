import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock, type MovableClock } from '../base/clock.ts'
import { createIds, type Ids } from '../base/ids.ts'
import type { Log, LogFields } from '../base/log.ts'
import type { DatabaseAddress } from '../base/setting-values.ts'
import type { Append, AppendedMessage } from './append-messages.ts'
import type { Change } from './changes.ts'
import { openStore } from './open-store.ts'
import type { Membership } from './participants.ts'
import type { ConversationRow, MessageRow, ParticipantRow, UserRow } from './schema.ts'
import type { Store, Writers } from './store.ts'

/**
 * For tests: a store with an account, a service and its roles, and the shortest way to do what domain operations do, without their rules.
 */
export type DatabaseKind = 'sqlite' | 'postgres'
export const databaseKinds: readonly DatabaseKind[] = ['sqlite', 'postgres']

interface Options {
  /** Makes an empty PostgreSQL database. */
  freshDatabase: () => Promise<{ url: string; drop(): Promise<void> }>
  /** Where the folder of an SQLite database is made: on the disk unless said otherwise. */
  parent?: string
  synchronous?: 'full' | 'normal'
  pool?: number
}

/** Where an empty database is. */
interface Place {
  address: DatabaseAddress
  leave(): Promise<void>
}

async function emptyPlace(kind: DatabaseKind, { freshDatabase, parent = tmpdir() }: Options): Promise<Place> {
  if (kind === 'postgres') {
    const { url, drop } = await freshDatabase()
    return { address: { kind, url }, leave: drop }
  }
  const folder = mkdtempSync(join(parent, 'parley-storage-'))
  return {
    address: { kind, file: join(folder, 'parley.db') },
    leave: async () => rmSync(folder, { recursive: true }),
  }
}

/** A log that remembers. */
class Heard implements Log {
  readonly lines: { level: string; fields: LogFields; text: string }[] = []
  debug = (fields: LogFields, text: string) => void this.lines.push({ level: 'debug', fields, text })
  info = (fields: LogFields, text: string) => void this.lines.push({ level: 'info', fields, text })
  warn = (fields: LogFields, text: string) => void this.lines.push({ level: 'warn', fields, text })
  error = (fields: LogFields, text: string) => void this.lines.push({ level: 'error', fields, text })
}

export class BareWorld implements AsyncDisposable {
  readonly account_sid: string
  readonly service_sid: string
  readonly service_role_sid: string
  readonly conversation_role_sid: string
  readonly log = new Heard()
  /** All changes of this world, in the order in which they were told. */
  readonly told: Change[] = []

  private constructor(
    readonly place: Place,
    readonly clock: MovableClock,
    readonly ids: Ids,
    private readonly options: Options,
    public store: Store,
  ) {
    this.account_sid = ids.sid('account')
    this.service_sid = ids.sid('service')
    this.service_role_sid = ids.sid('role')
    this.conversation_role_sid = ids.sid('role')
  }

  static async open(kind: DatabaseKind, options: Options): Promise<BareWorld> {
    const place = await emptyPlace(kind, options)
    const clock = createClock()
    const ids = createIds(clock.now)
    const world = new BareWorld(place, clock, ids, options, undefined as never)
    await world.reopen()
    await world.#settle()
    return world
  }

  /** A world that exists already, seen by another process. */
  static async visit(address: DatabaseAddress): Promise<BareWorld> {
    const clock = createClock()
    const options: Options = { freshDatabase: () => Promise.reject(new Error('A visitor makes no databases')) }
    const world = new BareWorld({ address, leave: async () => {} }, clock, createIds(clock.now), options, undefined as never)
    await world.reopen()
    return world
  }

  /** Another store on the same database: another node, or the next start. */
  openAnother(): Promise<Store> {
    const { address: database } = this.place
    const { synchronous: sqliteSynchronous = 'full', pool: postgresPool = 5 } = this.options
    return openStore({ database, sqliteSynchronous, postgresPool }, this.clock, this.log)
  }

  async reopen(): Promise<void> {
    await this.store?.close()
    this.store = await this.openAnother()
    this.store.onCommit((changes) => this.told.push(...changes))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
    await this.place.leave()
  }

  async #settle(): Promise<void> {
    const { account_sid, service_sid: chat_service_sid, clock } = this
    const dates = { date_created: clock.now(), date_updated: clock.now() }
    await this.store.write(async (tx) => {
      await tx.accounts.insert({
        sid: account_sid,
        owner_account_sid: account_sid,
        friendly_name: '',
        status: 'active',
        auth_token: 'locked',
        secondary_auth_token: null,
        default_chat_service_sid: chat_service_sid,
        default_messaging_service_sid: null,
        default_inactive_timer: null,
        default_closed_timer: null,
        ...dates,
      })
      const role = { account_sid, chat_service_sid, friendly_name: 'role', ...dates }
      await tx.roles.insert({ ...role, sid: this.service_role_sid, type: 'service', permissions: '["createConversation"]' })
      await tx.roles.insert({ ...role, sid: this.conversation_role_sid, type: 'conversation', permissions: '["sendMessage"]' })
      await this.insertService(tx, chat_service_sid)
    })
  }

  async insertService(tx: Writers, sid = this.ids.sid('service')): Promise<string> {
    await tx.services.insert({
      sid,
      account_sid: this.account_sid,
      friendly_name: 'service',
      default_conversation_creator_role_sid: this.conversation_role_sid,
      default_conversation_role_sid: this.conversation_role_sid,
      default_chat_service_role_sid: this.service_role_sid,
      reachability_enabled: 0,
      date_created: this.clock.now(),
      date_updated: this.clock.now(),
    })
    return sid
  }

  newUser(identity: string, changes: Partial<UserRow> = {}): UserRow {
    return {
      sid: this.ids.sid('user'),
      account_sid: this.account_sid,
      chat_service_sid: this.service_sid,
      identity,
      friendly_name: null,
      attributes: '{}',
      role_sid: this.service_role_sid,
      is_online: 0,
      is_notifiable: 0,
      conversations_event_id: 0,
      info_event_id: 0,
      friendly_name_event_id: 0,
      attributes_event_id: 0,
      reachability_event_id: 0,
      date_created: this.clock.now(),
      date_updated: this.clock.now(),
      ...changes,
    }
  }

  newConversation(changes: Partial<ConversationRow> = {}): ConversationRow {
    return {
      sid: this.ids.sid('conversation'),
      account_sid: this.account_sid,
      chat_service_sid: this.service_sid,
      messaging_service_sid: null,
      friendly_name: null,
      unique_name: null,
      attributes: '{}',
      state: 'active',
      state_updated: this.clock.now(),
      created_by: null,
      timer_inactive: null,
      timer_closed: null,
      date_inactive: null,
      date_closed: null,
      email_address: null,
      email_name: null,
      document_event_id: 0,
      messages_event_id: 0,
      roster_event_id: 0,
      next_index: 0,
      last_message_index: null,
      last_message_date: null,
      group_addresses: null,
      messages_count: 0,
      participants_count: 0,
      webhooks: null,
      date_created: this.clock.now(),
      date_updated: this.clock.now(),
      ...changes,
    }
  }

  newParticipant(conversation: ConversationRow, changes: Partial<ParticipantRow>): ParticipantRow {
    return {
      sid: this.ids.sid('participant'),
      account_sid: conversation.account_sid,
      chat_service_sid: conversation.chat_service_sid,
      conversation_sid: conversation.sid,
      type: 'chat',
      identity: null,
      user_sid: null,
      address: null,
      proxy_address: null,
      projected_address: null,
      binding_name: null,
      binding_level: null,
      bound: 0,
      attributes: '{}',
      role_sid: this.conversation_role_sid,
      last_read_message_index: null,
      last_read_timestamp: null,
      notification_level: 'default',
      created_event_id: 0,
      event_id: 0,
      mine_created_event_id: null,
      mine_event_id: null,
      removed_at: null,
      date_created: this.clock.now(),
      date_updated: this.clock.now(),
      ...changes,
    }
  }

  async user(identity: string, changes: Partial<UserRow> = {}): Promise<UserRow> {
    const user = this.newUser(identity, changes)
    await this.store.write((tx) => tx.users.insert(user))
    return user
  }

  async conversation(changes: Partial<ConversationRow> = {}): Promise<ConversationRow> {
    const conversation = this.newConversation(changes)
    await this.store.write((tx) => tx.conversations.insert(conversation))
    return conversation
  }

  join(conversation_sid: string, user: UserRow): Promise<Membership> {
    return this.enter(conversation_sid, { identity: user.identity, user_sid: user.sid })
  }

  enter(conversation_sid: string, changes: Partial<ParticipantRow>): Promise<Membership> {
    return this.store.write(async (tx) => {
      const conversation = await getLocked(tx, conversation_sid)
      return tx.participants.insert(conversation, this.newParticipant(conversation, changes))
    })
  }

  leave(participant: ParticipantRow): Promise<ConversationRow> {
    return this.store.write(async (tx) => {
      const conversation = await getLocked(tx, participant.conversation_sid)
      const row = await tx.participants.find(conversation.sid, participant.sid)
      if (!row) throw new Error('They have left already')
      return tx.participants.remove(conversation, row, this.clock.now())
    })
  }

  /** A message that `author` would send. */
  saying(conversation_sid: string, body: string, author = 'alice', changes: Partial<MessageRow> = {}): Append {
    return {
      conversation_sid,
      seat: { author },
      decide: ({ account_sid, chat_service_sid, state, state_updated, date_inactive, date_closed }, sender) => ({
        message: {
          sid: this.ids.sid('message'),
          account_sid,
          chat_service_sid,
          conversation_sid,
          author,
          participant_sid: sender?.participant_sid ?? null,
          body,
          subject: null,
          attributes: '{}',
          media: null,
          content_sid: null,
          delivery: null,
          channel_metadata: null,
          recipients: null,
          last_updated_by: null,
          date_created: this.clock.now(),
          date_updated: this.clock.now(),
          ...changes,
        },
        conversation: { state, state_updated, date_inactive, date_closed, date_updated: this.clock.now() },
      }),
    }
  }

  say(conversation_sid: string, body: string, author?: string): Promise<AppendedMessage> {
    return this.store.append(this.saying(conversation_sid, body, author))
  }

  /** Changes a message that exists. */
  edit(message: Pick<MessageRow, 'sid' | 'conversation_sid'>, body: string): Promise<MessageRow> {
    return this.store.write(async (tx) => {
      const conversation = await getLocked(tx, message.conversation_sid)
      const row = await tx.messages.find(conversation.sid, message.sid)
      if (!row) throw new Error('There is no such message')
      return tx.messages.save(conversation, { ...row, body })
    })
  }

  /** Removes a message that exists. */
  unsay(message: Pick<MessageRow, 'sid' | 'conversation_sid'>): Promise<ConversationRow> {
    return this.store.write(async (tx) => {
      const conversation = await getLocked(tx, message.conversation_sid)
      const row = await tx.messages.find(conversation.sid, message.sid)
      if (!row) throw new Error('There is no such message')
      return tx.messages.remove(conversation, row, this.clock.now())
    })
  }

  async get(conversation_sid: string): Promise<ConversationRow> {
    const row = await this.store.read.conversations.find(conversation_sid)
    if (!row) throw new Error('There is no such conversation')
    return row
  }
}

async function getLocked(tx: Writers, sid: string): Promise<ConversationRow> {
  const row = await tx.conversations.lock(sid)
  if (!row) throw new Error('There is no such conversation')
  return row
}
