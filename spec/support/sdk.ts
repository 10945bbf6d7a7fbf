import { createRequire } from 'node:module'
import * as own from '@parley/client'
import { errorCatalogue } from '@parley/protocol'
import type { Client, Conversation, Message, Participant, User } from '@twilio/conversations'
import { eventually, Happenings, inTime } from './until.ts'
import { usesRefusal, watchSdk } from './uses.ts'

/**
 * Apps as customers write them, with the official SDK unmodified, of two generations, and with our own. They need the address of the server, and
 * nothing else.
 */
export const sdkVersions = ['3.0.1', '2.6.5', 'our own'] as const
/** The generation before, which sends its commands through a list (wire-protocol-1x), and has less. */
export const olderSdk = '1.2.0'
export type SdkVersion = (typeof sdkVersions)[number] | typeof olderSdk

const load = createRequire(import.meta.url)
// The public surfaces of both are the same (wire-protocol §5.8), so the types of the newer serve.
const sdks: Record<SdkVersion, { Client: typeof Client }> = {
  '3.0.1': load('@twilio/conversations'),
  '2.6.5': load('conversations-2.6.5'),
  '1.2.0': load('conversations-1.2.0'),
  // The types are the same but for private members, which a test of the client shows.
  'our own': own as unknown as { Client: typeof Client },
}
for (const [version, exported] of Object.entries(sdks)) watchSdk(exported, version)

/** The static side of the SDK's client. */
export const sdkOf = (version: SdkVersion): typeof Client => sdks[version].Client

/** What each event of the client brings. */
export interface AppEvents {
  stateChanged: string
  initialized: undefined
  initFailed: { error?: { terminal: boolean; message: string; httpStatusCode?: number | null; errorCode?: number | null } }
  connectionStateChanged: string
  connectionError: { terminal: boolean; message: string; httpStatusCode?: number | null; errorCode?: number | null }
  tokenAboutToExpire: undefined
  tokenExpired: undefined
  conversationAdded: Conversation
  conversationJoined: Conversation
  conversationLeft: Conversation
  conversationRemoved: Conversation
  conversationUpdated: { conversation: Conversation; updateReasons: string[] }
  participantJoined: Participant
  participantLeft: Participant
  participantUpdated: { participant: Participant; updateReasons: string[] }
  messageAdded: Message
  messageUpdated: { message: Message; updateReasons: string[] }
  messageRemoved: Message
  typingStarted: Participant
  typingEnded: Participant
  userSubscribed: User
  userUnsubscribed: User
  userUpdated: { user: User; updateReasons: string[] }
  pushNotification: unknown
}
export type AppEvent = keyof AppEvents

const eventNames = Object.keys({
  stateChanged: 1,
  initialized: 1,
  initFailed: 1,
  connectionStateChanged: 1,
  connectionError: 1,
  tokenAboutToExpire: 1,
  tokenExpired: 1,
  conversationAdded: 1,
  conversationJoined: 1,
  conversationLeft: 1,
  conversationRemoved: 1,
  conversationUpdated: 1,
  participantJoined: 1,
  participantLeft: 1,
  participantUpdated: 1,
  messageAdded: 1,
  messageUpdated: 1,
  messageRemoved: 1,
  typingStarted: 1,
  typingEnded: 1,
  userSubscribed: 1,
  userUnsubscribed: 1,
  userUpdated: 1,
  pushNotification: 1,
} satisfies Record<AppEvent, 1>) as AppEvent[]

interface Heard {
  name: AppEvent
  value: unknown
  /** In words, as it was at that moment. */
  told: string
}

export interface AppOptions {
  version: SdkVersion
  /** Where the client connects. */
  uri: string
  identity: string
  token: string
  /** More options for the client, as an app may give them. */
  clientOptions?: Record<string, unknown>
}

/** Quicker to come back than the default of one second, as an app may choose. */
const retryPolicy = { min: 50, max: 500, randomness: 0 }

/** How often the generation before says how far somebody has read, and asks how much they have not: in seconds, where the server's word holds. */
const olderIntervals = { consumptionReportIntervalOverride: 'PT0.05S', httpCacheIntervalOverride: 'PT0.05S' }

const optionsOf = ({ uri, clientOptions, version }: AppOptions) => ({
  Twilsock: { uri },
  retryPolicy,
  ...(version === olderSdk ? olderIntervals : {}),
  ...clientOptions,
})

/** One running app: an official client, and everything it has told since the start or the last `forget`. */
export class App {
  readonly identity: string
  readonly client: Client
  readonly isOlder: boolean
  readonly #heard: Happenings<Heard>

  constructor(options: AppOptions, client: Client = new (sdkOf(options.version))(options.token, optionsOf(options))) {
    this.identity = options.identity
    this.isOlder = options.version === olderSdk
    this.#heard = new Happenings(({ told }) => told)
    this.client = client
    const emitter = this.client as unknown as { on(name: string, listener: (value: unknown) => void): void }
    for (const name of eventNames)
      emitter.on(name, (value) => {
        if (name === 'connectionError') usesRefusal({ code: (value as AppEvents['connectionError']).errorCode })
        this.#heard.add({ name, value, told: `${name} ${tell(name, value)}`.trim() })
      })
  }

  /** The first such event since the start or the last `forget`; waits for it when it has not come yet. */
  async hears<N extends AppEvent>(name: N, fits: (value: AppEvents[N]) => boolean = () => true): Promise<AppEvents[N]> {
    const heard = await this.#heard.first(`${name} at ${this.identity}`, (one) => one.name === name && fits(one.value as AppEvents[N]))
    return heard.value as AppEvents[N]
  }

  /** The values of all such events since the last `forget`. */
  all<N extends AppEvent>(name: N): AppEvents[N][] {
    return this.#heard.all.filter((one) => one.name === name).map((one) => one.value as AppEvents[N])
  }

  /** All events since the last `forget` in words, in their order: `messageAdded 3 hello`. */
  story(...names: AppEvent[]): string[] {
    return this.#heard.all.filter((one) => names.length === 0 || names.includes(one.name)).map((one) => one.told)
  }

  forget(): void {
    this.#heard.forget()
  }

  /** The conversation, once this app takes part in it. */
  async conversation(sid: string): Promise<Conversation> {
    if (this.isOlder) return this.sees(`its part in ${sid}`, () => this.#subscribed(sid))
    await this.hears('conversationJoined', (one) => one.sid === sid).catch((cause) => {
      throw new Error(`${this.identity} does not take part in ${sid}`, { cause })
    })
    return this.client.getConversationBySid(sid)
  }

  /** The same, once its messages are open: what is in the first page that an SDK reads of them is never told as news. */
  async opened(sid: string): Promise<Conversation> {
    const conversation = await this.conversation(sid)
    await conversation.getMessages()
    return conversation
  }

  /** Clients of SDK 1.x are ready before anybody can listen to them. */
  async #subscribed(sid: string): Promise<Conversation | undefined> {
    const { items } = await this.client.getSubscribedConversations()
    return items.find((one) => one.sid === sid && one.status === 'joined')
  }

  /** The conversation as the app has it now. */
  conversationNow(sid: string): Promise<Conversation> {
    return this.client.getConversationBySid(sid)
  }

  /** The app's state of something, once it is so. */
  sees<T>(what: string, look: () => T | undefined | Promise<T | undefined>, patience?: number): Promise<T> {
    return eventually(`${what} at ${this.identity}`, look, patience)
  }

  async shutdown(): Promise<void> {
    await this.client.shutdown()
  }
}

/** What an event says, in few words. */
function tell(name: AppEvent, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  const { conversation, participant, message, user, updateReasons } = value as AppEvents['conversationUpdated'] &
    AppEvents['participantUpdated'] &
    AppEvents['messageUpdated'] &
    AppEvents['userUpdated']
  if (updateReasons) {
    const subject = message
      ? tellMessage(message)
      : participant
        ? participant.identity
        : user
          ? user.identity
          : tellConversation(conversation)
    return `${subject} [${updateReasons.toSorted().join(',')}]`
  }
  if (name.startsWith('conversation')) return tellConversation(value as Conversation)
  if (name.startsWith('message')) return tellMessage(value as Message)
  if (name.startsWith('participant') || name.startsWith('typing') || name.startsWith('user'))
    return (value as Participant).identity ?? (value as Participant).sid
  return JSON.stringify(value)
}

const tellConversation = (conversation: Conversation) => conversation.friendlyName ?? conversation.uniqueName ?? conversation.sid
const tellMessage = (message: Message) => `${message.index} ${message.body}`

/** Starts apps, and ends them all. */
export class Apps {
  readonly #running = new Set<App>()

  /** An app that has begun to connect. */
  open(options: AppOptions): App {
    if (options.version === olderSdk) throw new Error('SDK 1.x has no client before it is ready')
    const app = new App(options)
    this.#running.add(app)
    return app
  }

  /** An app that is ready to be used. */
  async start(options: AppOptions): Promise<App> {
    if (options.version === olderSdk) return this.#startOlder(options)
    const app = this.open(options)
    await app.hears('stateChanged', (state) => state === 'initialized')
    // An official client that is shut down before it has read this list leaves an unhandled rejection behind (wire-protocol §9.11).
    await app.client.getSubscribedConversations()
    // Our own tells what was there before in the turn after it is ready.
    await new Promise((resolve) => setTimeout(resolve))
    return app
  }

  async #startOlder(options: AppOptions): Promise<App> {
    const client = await inTime(
      sdkOf(olderSdk).create(options.token, optionsOf(options)),
      () => `the start of the app of ${options.identity}`,
    )
    const app = new App(options, client)
    this.#running.add(app)
    await client.getSubscribedConversations()
    return app
  }

  async stopAll(): Promise<void> {
    const running = [...this.#running]
    this.#running.clear()
    await Promise.all(running.map((app) => inTime(app.shutdown(), () => `the end of the app of ${app.identity}`)))
  }
}

/** What a refused command tells an app. */
export interface Refusal {
  status: number | undefined
  /** The original's number, from the JSON body. */
  code: number | undefined
  message: string | undefined
}

const statusOf = (code: number | undefined) => Object.values(errorCatalogue).find((meaning) => meaning.code === code)?.status

/** The refusal that a command ends with. @throws when it succeeds */
export async function refusal(command: Promise<unknown>): Promise<Refusal> {
  const error = await inTime(command, () => 'an answer').then(
    () => {
      throw new Error('The command succeeded')
    },
    (cause: {
      name?: string
      status?: number
      code?: number
      message?: string
      body?: { code?: number; status?: number; message?: string }
    }) => cause,
  )
  const { status, code, message, body } = error
  usesRefusal(body ?? error)
  // SDK 1.x tells the code alone.
  if (error.name === 'SessionError') return { status: statusOf(code), code, message }
  if (status === undefined && body === undefined && code === undefined) throw error
  return { status: body?.status ?? status, code: body?.code ?? code, message: body?.message ?? message }
}

/** What an app can see of a conversation, as plain data. */
export function stateOf(conversation: Conversation) {
  const { sid, friendlyName, uniqueName, attributes, createdBy, status, lastReadMessageIndex, notificationLevel, bindings } = conversation
  return {
    sid,
    friendlyName,
    uniqueName,
    attributes,
    createdBy,
    status,
    state: conversation.state?.current,
    lastMessageIndex: conversation.lastMessage?.index ?? null,
    lastReadMessageIndex,
    notificationLevel,
    bindings,
    dateCreated: conversation.dateCreated,
    dateUpdated: conversation.dateUpdated,
  }
}

/** What an app can see of a participant. */
export function participantState(participant: Participant) {
  const { sid, identity, type, attributes, roleSid, lastReadMessageIndex, lastReadTimestamp, bindings, dateCreated, dateUpdated } =
    participant
  return { sid, identity, type, attributes, roleSid, lastReadMessageIndex, lastReadTimestamp, bindings, dateCreated, dateUpdated }
}

/** What an app can see of a message. */
export function messageState(message: Message) {
  const { sid, index, author, body, subject, attributes, type, participantSid, lastUpdatedBy, dateCreated, dateUpdated } = message
  return { sid, index, author, body, subject, attributes, type, participantSid, lastUpdatedBy, dateCreated, dateUpdated }
}
