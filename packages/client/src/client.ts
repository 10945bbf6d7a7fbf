import { type ResumeAnswer, type StartAnswer, startCapability, startPaths } from '@parley/protocol'
import { pause } from './back-off.ts'
import type { CancellablePromise } from './cancellable-promise.ts'
import { check, either, json, type Kind, nonEmptyText, object, objectWith, oneOf, optional, text } from './check-arguments.ts'
import type { ClientEvents, ConnectionProblem } from './client-events.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { Connection, type ConnectionDetails, type ConnectionState, tokenExpired } from './connection.ts'
import { ContentTemplate, type ContentTemplateAnswer } from './content-template.ts'
import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { Conversations } from './conversations.ts'
import { type ConnectionError, RequestError } from './errors.ts'
import { ReplayEventEmitter } from './events.ts'
import type { JSONValue } from './json.ts'
import type { Media } from './media.ts'
import { MediaService } from './media-service.ts'
import { type ClientOptions, retryPolicyOf, socketUrl } from './options.ts'
import { type Paginator, restPages } from './paginator.ts'
import { NotificationTypes, type PushNotification, parsePush } from './push-notification.ts'
import { type NotificationsChannelType, PushRegistrations, type WebPushSubscription } from './push-registrations.ts'
import { RecentMessages } from './recent-messages.ts'
import { Rest } from './rest.ts'
import { type Role, Roles } from './roles.ts'
import { Sync } from './sync/sync.ts'
import { type TokenProvider, TokenRenewal } from './token-renewal.ts'
import { environment, fetchFunction, webSocketClass } from './transport/surroundings.ts'
import { Typing, type TypingSign } from './typing.ts'
import type { User } from './user.ts'
import { Users } from './users.ts'
import { version } from './version.ts'
import type { ConfigurationAnswer, SyncItem, SyncRoot } from './wire.ts'

/** What a new conversation is made with. */
export interface CreateConversationOptions {
  attributes?: JSONValue
  friendlyName?: string
  uniqueName?: string
  access?: string
}

const channels = oneOf('fcm', 'apn')
const newConversation = objectWith({ friendlyName: optional(text), uniqueName: optional(text), attributes: optional(json) })
const provider: Kind = { name: 'a function that fetches a token', fits: (value) => typeof value === 'function' }

const syncTypes = ['twilio.sync.event', 'com.twilio.rtd.cds.document', 'com.twilio.rtd.cds.list', 'com.twilio.rtd.cds.map']
const registrations = [
  {
    product: 'ip_messaging',
    type: 'ers',
    notification_protocol_version: 0,
    message_types: [NotificationTypes.TYPING_INDICATOR, ...syncTypes],
  },
]

const recentMessages = 1_000
/** Objects in one request for what was missed. */
const resumedAtOnce = 10_000
/** How long content templates are kept, in milliseconds. */
const templatesLast = 5_000

/** One user, connected. */
export class Client extends ReplayEventEmitter<ClientEvents> {
  static readonly conversationAdded = 'conversationAdded'
  static readonly conversationJoined = 'conversationJoined'
  static readonly conversationLeft = 'conversationLeft'
  static readonly conversationRemoved = 'conversationRemoved'
  static readonly conversationUpdated = 'conversationUpdated'
  static readonly participantJoined = 'participantJoined'
  static readonly participantLeft = 'participantLeft'
  static readonly participantUpdated = 'participantUpdated'
  static readonly messageAdded = 'messageAdded'
  static readonly messageRemoved = 'messageRemoved'
  static readonly messageUpdated = 'messageUpdated'
  static readonly tokenAboutToExpire = 'tokenAboutToExpire'
  static readonly tokenExpired = 'tokenExpired'
  static readonly typingEnded = 'typingEnded'
  static readonly typingStarted = 'typingStarted'
  static readonly pushNotification = 'pushNotification'
  static readonly userSubscribed = 'userSubscribed'
  static readonly userUnsubscribed = 'userUnsubscribed'
  static readonly userUpdated = 'userUpdated'
  /** @deprecated `initialized` and `initFailed`. */
  static readonly stateChanged = 'stateChanged'
  static readonly initialized = 'initialized'
  static readonly initFailed = 'initFailed'
  static readonly connectionStateChanged = 'connectionStateChanged'
  static readonly connectionError = 'connectionError'
  static readonly version: string = version

  readonly version: string = version
  readonly parsePushNotification: (notificationPayload: unknown) => PushNotification = parsePush
  readonly #options: ClientOptions
  readonly #connection: Connection
  readonly #rest: Rest
  readonly #sync: Sync
  readonly #context: Context
  readonly #conversations: Conversations
  readonly #pushes: PushRegistrations
  readonly #renewal: TokenRenewal | undefined
  #configuration: Configuration | undefined
  #ready = new Gate()
  #starting = false
  #isFailed = false
  #failures = 0
  #resumes = 0
  #startTimer: ReturnType<typeof setTimeout> | undefined
  /** Notifications that wait until the app has been told what was there before. */
  #held: [type: string, payload: unknown][] | undefined = []
  readonly #roles: Roles
  #templates: { until: number; all: Promise<ContentTemplate[]> } | undefined

  /**
   * Connects at once; calls wait until it is ready.
   *
   * @param token an access token, or a function that fetches one whenever one is needed
   */
  constructor(token: string | TokenProvider, options?: ClientOptions | null) {
    super()
    check([token, options ?? undefined], either(nonEmptyText, provider), optional(object))
    this.#options = options ?? {}
    const tokenProvider = typeof token === 'function' ? token : this.#options.tokenProvider
    this.#connection = new Connection(
      typeof token === 'string' ? token : '',
      {
        url: socketUrl(this.#options),
        webSocket: webSocketClass(this.#options.webSocket),
        metadata: { ver: version, type: 'conversations', sdk: 'JS', sdkv: version, ...environment(), ...this.#options.clientMetadata },
        registrations,
        tweaks: null,
        retryPolicy: retryPolicyOf(this.#options),
      },
      {
        stateChanged: (details) => this.#stateChanged(details),
        connected: () => this.#connected(),
        notified: (type, payload) => (this.#held ? void this.#held.push([type, payload]) : this.#notified(type, payload)),
        tokenAboutToExpire: () => {
          this.emit('tokenAboutToExpire')
          void this.#renewal?.renew('about-to-expire')
        },
        failed: (error) => this.#failed(error),
      },
    )
    this.#rest = new Rest(this.#connection)
    this.#sync = new Sync(this.#rest, () => this.#connection.has(startCapability))
    this.#context = this.#makeContext()
    this.#conversations = new Conversations(this.#context)
    this.#pushes = new PushRegistrations(this.#rest)
    this.#roles = new Roles(this.#rest)
    if (tokenProvider) {
      const reportFailure = (cause: unknown) =>
        this.emit('connectionError', { terminal: false, message: `No token: ${(cause as Error).message}` })
      this.#renewal = new TokenRenewal(
        tokenProvider,
        (next) => this.#connection.updateToken(next),
        reportFailure,
        retryPolicyOf(this.#options),
      )
    }
    // Whoever made the client can listen before it says anything.
    queueMicrotask(() => {
      this.#connection.open()
      if (typeof token === 'function') void this.#renewal?.renew('start')
    })
  }

  #makeContext(): Context {
    const client = this
    const context = {
      get configuration() {
        if (!client.#configuration) throw new Error('The client is not initialized yet')
        return client.#configuration
      },
      rest: this.#rest,
      sync: this.#sync,
      client: this,
      recent: new RecentMessages(this.#options.messageCacheCapacity ?? recentMessages),
      quick: () => this.#connection.has(startCapability),
      joined: (sid: string) => this.#conversations.joined(sid),
      conversationGone: (conversation: Conversation) => this.#conversations.remove(conversation, false),
    }
    const media = new MediaService(
      () => fetchFunction(this.#options.fetch),
      () => this.#connection.currentToken,
      () => context.configuration.links,
    )
    const typing = new Typing(context, this.#options.typingIndicatorTimeoutOverride)
    return Object.assign(Object.create(context, {}), { media, typing, users: new Users(context) }) as Context
  }

  /** @deprecated `new Client(…)`. @returns a client that is ready @throws when it cannot be made ready */
  static async create(token: string | TokenProvider, options?: ClientOptions | null): Promise<Client> {
    const client = new Client(token, options)
    await client.#ready.passed
    return client
  }

  /** Reads the payload of a push. @throws for one that is none of conversations */
  static parsePushNotification(notificationPayload: unknown): PushNotification {
    return parsePush(notificationPayload)
  }

  /** Names the notifications that clients read to whoever registers for them; a client of ours does so by itself. */
  static populateInitRegistrations(registration: { populateInitRegistrations(messageTypes: string[]): void }): void {
    check([registration], object)
    registration.populateInitRegistrations([NotificationTypes.TYPING_INDICATOR])
    registration.populateInitRegistrations(syncTypes)
  }

  /** Oneself. Empty until the client is ready. */
  get user(): User {
    return this.#context.users.me
  }

  /** Whether the service says who is online. @throws before the client is ready */
  get reachabilityEnabled(): boolean {
    return this.#context.configuration.reachabilityEnabled
  }

  /**
   * More than the original: the addresses that a non-chat participant can be reached from (`+15550100`, `whatsapp:+15550100`, …); `null` where the
   * server takes every one. @throws before the client is ready
   */
  get proxyAddresses(): readonly string[] | null {
    return this.#context.configuration.proxyAddresses
  }

  get connectionState(): ConnectionState {
    return this.#connection.state
  }

  /** More than the original: the state with its reason, its code, and the time of the next try. */
  get connectionDetails(): ConnectionDetails {
    return this.#connection.details
  }

  /** @internal */
  get token(): string {
    return this.#connection.currentToken
  }

  /** Ends the connection for good. */
  async shutdown(): Promise<void> {
    this.#renewal?.end()
    clearTimeout(this.#startTimer)
    await this.#connection.close()
    this.#sync.resumed()
    this.#conversations.end()
    this.#ready.close(new Error('The client has been shut down'))
  }

  /**
   * Goes on with another token. A client without a connection connects, whatever happened before, and one that could not start tries again at once.
   *
   * @throws ConnectionError
   */
  async updateToken(token: string): Promise<Client> {
    check([token], nonEmptyText)
    if (this.#isFailed) this.#again()
    await this.#connection.updateToken(token)
    if (!this.#configuration) {
      clearTimeout(this.#startTimer)
      void this.#start()
    }
    return this
  }

  async getConversationBySid(conversationSid: string): Promise<Conversation> {
    check([conversationSid], nonEmptyText)
    await this.#ready.passed
    return this.#conversations.bySid(conversationSid)
  }

  async peekConversationBySid(conversationSid: string): Promise<Conversation> {
    check([conversationSid], nonEmptyText)
    await this.#ready.passed
    return this.#conversations.peek(conversationSid)
  }

  async getConversationByUniqueName(uniqueName: string): Promise<Conversation> {
    check([uniqueName], nonEmptyText)
    await this.#ready.passed
    return this.#conversations.byUniqueName(uniqueName)
  }

  /** More than the original: takes part in a conversation that the user cannot read so far; roles say who may. @throws RequestError */
  async joinConversation(conversationSid: string): Promise<Conversation> {
    check([conversationSid], nonEmptyText)
    await this.#ready.passed
    return this.#conversations.join(conversationSid)
  }

  /** The user's own conversations, the one with the latest activity first. */
  async getSubscribedConversations(): Promise<Paginator<Conversation>> {
    await this.#ready.passed
    return this.#conversations.pages(this.#context.configuration.pageSize)
  }

  /** Makes a conversation. The user does not take part in it yet: `join()`. */
  async createConversation(options: CreateConversationOptions = {}): Promise<Conversation> {
    check([options], newConversation)
    const { friendlyName, uniqueName, attributes = {}, access } = options
    await this.#ready.passed
    return this.#conversations.create({
      friendly_name: friendlyName,
      unique_name: uniqueName,
      access,
      attributes: JSON.stringify(attributes),
    })
  }

  /** Sends the user's pushes to a device. */
  async setPushRegistrationId(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    check([channelType, registrationId], channels, nonEmptyText)
    await this.#ready.passed
    await this.#pushes.set(channelType, registrationId)
  }

  /** @deprecated `removePushRegistrations`. */
  async unsetPushRegistrationId(channelType: NotificationsChannelType): Promise<void> {
    check([channelType], channels)
    await this.#ready.passed
    await this.#pushes.unset(channelType)
  }

  /** No more pushes to a device, whichever client asked for them. */
  async removePushRegistrations(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    check([channelType, registrationId], channels, nonEmptyText)
    await this.#ready.passed
    await this.#pushes.remove(channelType, registrationId)
  }

  /**
   * More than the original: what a page subscribes to web push with, `pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })`.
   * `undefined` where the server has no such pushes, and before the client is ready.
   */
  get webPushKey(): string | undefined {
    return this.#connection.applicationServerKey
  }

  /** More than the original: sends the user's pushes to this browser. @param subscription what `PushSubscription.toJSON()` tells */
  async setWebPushSubscription(subscription: WebPushSubscription): Promise<void> {
    check([subscription?.endpoint, subscription?.keys?.p256dh, subscription?.keys?.auth], nonEmptyText, nonEmptyText, nonEmptyText)
    await this.#ready.passed
    if (!this.webPushKey) throw new Error('This server has no web push')
    await this.#pushes.setWeb(subscription)
  }

  /** More than the original: no more pushes to this browser. */
  async removeWebPushSubscription(endpoint: string): Promise<void> {
    check([endpoint], nonEmptyText)
    await this.#ready.passed
    await this.#pushes.removeWeb(endpoint)
  }

  /** Reads a push, and emits `pushNotification`. */
  async handlePushNotification(notificationPayload: unknown): Promise<void> {
    this.emit('pushNotification', parsePush(notificationPayload))
  }

  /** A user, followed from now on. @throws RequestError 404 */
  async getUser(identity: string): Promise<User> {
    check([identity], nonEmptyText)
    await this.#ready.passed
    return this.#context.users.get(identity)
  }

  /** More than the original: what a role is called, such as that of a participant. @throws RequestError when the service has no such role */
  async getRole(roleSid: string): Promise<Role> {
    check([roleSid], nonEmptyText)
    await this.#ready.passed
    return this.#roles.get(roleSid)
  }

  /** Users that are followed, oneself among them. */
  async getSubscribedUsers(): Promise<User[]> {
    await this.#ready.passed
    return this.#context.users.subscribed
  }

  /** Where media can be fetched for a while, by SID. */
  getTemporaryContentUrlsForMediaSids(mediaSids: string[]): CancellablePromise<Map<string, string>> {
    return this.#context.media.urls(mediaSids)
  }

  getTemporaryContentUrlsForMedia(contentSet: Media[]): CancellablePromise<Map<string, string>> {
    return this.#context.media.urlsOf(contentSet)
  }

  /** All templates of the account. */
  async getContentTemplates(): Promise<Readonly<ContentTemplate[]>> {
    await this.#ready.passed
    if (!this.#templates || this.#templates.until < Date.now())
      this.#templates = { until: Date.now() + templatesLast, all: this.#readTemplates() }
    return this.#templates.all
  }

  async #readTemplates(): Promise<ContentTemplate[]> {
    const all: ContentTemplate[] = []
    const pages = await restPages(
      (PageToken) =>
        this.#rest.get<{ templates: ContentTemplateAnswer[]; meta: object }>('/Client/v2/ContentTemplates', { PageSize: 100, PageToken }),
      ({ templates }) => templates.map((answer) => new ContentTemplate(answer)),
    )
    for await (const template of pages) all.push(template)
    return all
  }

  #stateChanged(details: ConnectionDetails): void {
    if (details.state !== this.#lastState) {
      this.#lastState = details.state
      this.emit('connectionStateChanged', details.state, details)
    }
    this.emit('connectionDetailsChanged', details)
  }
  #lastState: ConnectionState = 'unknown'

  #connected(): void {
    if (this.#configuration && !this.#starting) void this.#resume()
    else void this.#start()
  }

  /** Until the first connection a refusal is a failure of the client; later ones are the connection's own matter. */
  #failed(error: ConnectionError): void {
    const { terminal, message, httpStatusCode, errorCode, isUnreachable } = error
    const problem: ConnectionProblem = { terminal, message, httpStatusCode, errorCode }
    // A connection that just broke comes back by itself; that is told by its state alone.
    const isTold = httpStatusCode !== null || isUnreachable
    // Of many attempts in vain the first one says that the client cannot start.
    const isFirst = !isUnreachable || this.connectionDetails.failures === 1
    if (!this.#configuration && isTold && isFirst) this.#failedToStart(problem, terminal ? error : undefined)
    if (error.isAboutToken && errorCode === tokenExpired) this.emit('tokenExpired')
    if (isTold) this.emit('connectionError', problem)
    if (error.isAboutToken && terminal) void this.#renewal?.renew(errorCode === tokenExpired ? 'expired' : 'refused')
  }

  #failedToStart(problem: ConnectionProblem, error: Error | undefined): void {
    this.emit('stateChanged', 'failed')
    this.emit('initFailed', { error: problem })
    if (!error || this.#renewal) return
    this.#isFailed = true
    this.#ready.close(error)
  }

  #again(): void {
    this.#isFailed = false
    this.#ready = new Gate()
  }

  async #start(): Promise<void> {
    if (this.#starting) return
    this.#starting = true
    try {
      await this.#sync.opening(() => (this.#context.quick() ? this.#startAtOnce() : this.#startPlainly()))
      this.#starting = false
      this.#failures = 0
      this.#isFailed = false
      this.#ready.open()
      this.emit('stateChanged', 'initialized')
      this.emit('initialized')
      // Apps that begin to listen now, or when `create` has its client, hear of every conversation too.
      this.#startTimer = setTimeout(() => this.#tellAll())
    } catch (error) {
      this.#starting = false
      this.#configuration = undefined
      const { message, status, code } = error as RequestError
      if (!(error instanceof RequestError)) return
      this.#failedToStart({ terminal: false, message, httpStatusCode: status, errorCode: code }, undefined)
      this.#startTimer = setTimeout(
        () => this.connectionState === 'connected' && void this.#start(),
        pause(retryPolicyOf(this.#options), this.#failures++),
      )
    }
  }

  async #startAtOnce(): Promise<void> {
    const answer = await this.#rest.ask<StartAnswer>(startPaths.start, { page_size: this.#options.startPageSize })
    const { configuration, my_user_info, my_conversations } = answer
    this.#configure(configuration as ConfigurationAnswer)
    const info = { ...my_user_info, items: my_user_info.items as SyncItem[] }
    this.#context.users.beginWithMe(this.#context.configuration.identity, info, true)
    this.#conversations.begin(my_conversations, answer)
  }

  async #startPlainly(): Promise<void> {
    this.#configure(await this.#rest.get<ConfigurationAnswer>('/Client/v2/Configuration'))
    const { identity, objects } = this.#context.configuration
    const info = await this.#rest.get<SyncRoot>(`/v3/Maps/${encodeURIComponent(objects.my_user_info)}`, { Include: 'items' })
    this.#context.users.beginWithMe(identity, info, false)
    await this.#conversations.beginPlainly()
  }

  #configure(answer: ConfigurationAnswer): void {
    const configuration = readConfiguration(answer)
    const usersToSubscribe = this.#options.userInfosToSubscribeOverride ?? configuration.usersToSubscribe
    this.#configuration = { ...configuration, usersToSubscribe }
  }

  #tellAll(): void {
    this.#conversations.announce()
    const held = this.#held ?? []
    this.#held = undefined
    for (const [type, payload] of held) this.#notified(type, payload)
  }

  /** The connection is back: everything that is watched goes on from where it was. */
  async #resume(): Promise<void> {
    if (!this.#context.quick()) return this.#sync.resubscribe()
    this.#sync.resumed()
    try {
      const positions = this.#sync.positions()
      const correlation_id = ++this.#resumes
      for (let at = 0; at < positions.length; at += resumedAtOnce) {
        const objects = positions.slice(at, at + resumedAtOnce)
        const { gone } = await this.#rest.ask<ResumeAnswer>(startPaths.resume, { correlation_id, objects })
        for (const sid of gone) this.#sync.lost(sid)
      }
    } catch (error) {
      if (error instanceof RequestError) this.#sync.resubscribe()
    }
  }

  #notified(type: string, payload: unknown): void {
    if (syncTypes.includes(type)) this.#sync.receive(payload)
    else if (type === NotificationTypes.TYPING_INDICATOR) void this.#types(payload as TypingSign).catch(() => {})
  }

  async #types(sign: TypingSign): Promise<void> {
    const participant = await this.#conversations.participantOf(sign.channel_sid, sign.identity)
    participant?._startTyping(this.#context.typing.lasts(sign))
  }
}

/** What calls wait for before the client is ready. */
class Gate {
  readonly passed: Promise<void>
  #open = () => {}
  #close: (error: Error) => void = () => {}

  constructor() {
    this.passed = new Promise((resolve, reject) => {
      this.#open = resolve
      this.#close = reject
    })
    // Nobody may be waiting.
    this.passed.catch(() => {})
  }

  open(): void {
    this.#open()
  }
  close(error: Error): void {
    this.#close(error)
  }
}
