import type { Socket } from 'node:net'
import {
  decodeFrame,
  type Frame,
  isAcknowledgement,
  type LimitName,
  limitSetting,
  mutationCapability,
  ParleyError,
  repeatedSendCapability,
  type SyncObject,
  startCapability,
  syncObjectSid,
  toErrorBody,
  webPushCapability,
} from '@parley/protocol'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import type { UserActor } from '../domain/access.ts'
import type { Connection } from '../domain/connections/connections.ts'
import type { Context } from '../domain/context.ts'
import type { AccessToken } from '../domain/tokens/verify-access-token.ts'
import type { Caller } from './caller.ts'
import { Outbox, type Packet, packet } from './outgoing.ts'
import type { RememberedAnswers } from './remembered-answers.ts'
import { type Relief, RequestQueue } from './request-queue.ts'
import { inOlderForm } from './session-list/older-events.ts'
import { answerUpstream, type UpstreamAnswer, type UpstreamRoutes } from './upstream.ts'

/** What a connection stands on: the door that it came through. */
export interface SessionHost {
  readonly ctx: Context
  readonly routes: UpstreamRoutes
  readonly answers: RememberedAnswers
  /** Tells clients that the same process answers as before. */
  readonly name: string
  /** What browsers subscribe to web push with, in base64url. */
  readonly applicationServerKey: string
  /** Who a token belongs to. */
  identify(token: unknown): Promise<{ actor: UserActor; token: AccessToken }>
  /** How long before the end of a token its connection is warned, in milliseconds. */
  warningBefore(openedAt: number, token: AccessToken): number
  /** A connection has said who it is; `isBack` when it has been here before. */
  began(session: Session, isBack: boolean): void
  /** A connection is over. */
  ended(session: Session): void
  /** Counts work that has begun: the database has to be there until it is done. */
  workBegins(): void
  workEnds(): void
}

/** How `ws` calls a message that is larger than it may be. */
const frameTooLarge = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/**
 * One connection: frames in, frames out, from `init` to the end (wire-protocol §2). It never fails loudly: what cannot be read is dropped, as
 * the original does; what goes over a bound ends this connection and no other.
 */
export class Session implements Caller, Connection, Relief {
  /** Who it is; set by a successful `init`. */
  #actor: UserActor | undefined
  #token: AccessToken | undefined
  #connection = ''
  /** Names it for its account, once it is known who it is. */
  sid = ''
  #software = unknownSoftware
  #message_types: ReadonlySet<string> = new Set()
  /** What was agreed on beyond the original's protocol. */
  #extras: readonly string[] = []
  readonly #outbox: Outbox
  readonly #requests: RequestQueue
  readonly date_created: number
  #initialising = false
  #warned = false
  /** Whether anything was heard since the last ping. */
  #heard = true
  /** Whether anything was heard since the last look at the time, and when it was before that. */
  #active = true
  #activeAt: number
  closed = false
  /** Whether it watches conversations that it may see only because of a role in the service. */
  oversees = false
  olderEvents = false
  readonly origin: string
  /** The address that a proxy says. */
  readonly #forwarded: string | undefined
  readonly watching = new Map<string, SyncObject>()
  /** What waits until the client has opened an object, by the object's SID. */
  #openings: Map<string, Set<() => void>> | undefined

  constructor(
    private readonly door: SessionHost,
    private readonly websocket: WebSocket,
    private readonly socket: Socket,
    { origin, forwarded }: { origin: string; forwarded: string | undefined },
  ) {
    this.origin = origin
    this.#forwarded = forwarded
    const { limits, clock } = door.ctx
    this.date_created = clock.now()
    this.#activeAt = this.date_created
    this.#outbox = new Outbox(socket, Math.min(strangersBufferBytes, limits.outgoingBufferBytes), () =>
      this.drop('the client does not read', 'outgoingBufferBytes'),
    )
    this.#requests = new RequestQueue(limits, clock, this)
    websocket.on('message', (data, isBinary) => this.#received(data, isBinary))
    websocket.on('pong', () => {
      this.#heard = true
    })
    websocket.on('close', () => this.#ended())
    // A broken socket closes too; without a listener its error would end the process.
    websocket.on('error', (cause) => {
      if ('code' in cause && cause.code === frameTooLarge) this.drop('a frame is too large', 'frameBytes')
      else this.drop('the socket broke')
    })
  }

  get actor(): UserActor {
    if (!this.#actor) throw new TypeError('A session has no actor before init')
    return this.#actor
  }
  get user_sid(): string {
    return this.#actor?.user_sid ?? ''
  }
  get identity(): string {
    return this.#actor?.identity ?? ''
  }
  get token(): AccessToken | undefined {
    return this.#token
  }
  get connection(): string {
    return this.#connection
  }
  /** The system is asked for it only when somebody wants to know. */
  get address(): string {
    return this.#forwarded ?? this.socket.remoteAddress ?? ''
  }
  get account_sid(): string {
    return this.actor.account_sid
  }
  get chat_service_sid(): string {
    return this.actor.chat_service_sid
  }
  get key_sid(): string {
    return this.#token?.key_sid ?? ''
  }
  get sdk(): string | null {
    return this.#software.sdk
  }
  get sdk_version(): string | null {
    return this.#software.sdk_version
  }
  get environment(): string | null {
    return this.#software.environment
  }
  get capabilities(): readonly string[] {
    return this.#extras
  }
  get subscriptions(): number {
    return this.watching.size
  }
  get bytes_waiting(): number {
    return this.#outbox.waiting
  }
  get date_active(): number {
    return this.#active ? this.door.ctx.clock.now() : this.#activeAt
  }
  get date_token_expires(): number {
    return this.#token?.expires_at ?? 0
  }
  get ready(): boolean {
    return this.#actor !== undefined && !this.closed
  }

  push(bytes: Packet): void {
    if (!this.closed) this.#outbox.push(this.olderEvents ? inOlderForm(bytes) : bytes)
  }

  room(): Promise<void> | undefined {
    return this.#outbox.room()
  }

  /** More requests wait than may. */
  overflowed(): void {
    this.drop('too many requests wait', 'requestsWaiting')
  }

  /** So much waits to be done that nothing more is read: the client's network slows it down, as it does for everybody who reads slowly. */
  pressed(isFull: boolean): void {
    if (isFull) this.websocket.pause()
    else this.websocket.resume()
  }

  /** Whether the client asked for notifications of this type in `init`. */
  wants(messageType: string): boolean {
    return this.#message_types.size === 0 || this.#message_types.has(messageType)
  }

  /** The client has read what an object holds, and follows it from there on. */
  opened(object: SyncObject): void {
    for (const resolve of this.#openings?.get(syncObjectSid(object)) ?? []) resolve()
  }

  /** Resolves when the client opens an object, or when it has not done so for this many milliseconds. */
  async opens(object: SyncObject, longest: number, pacing: Clock): Promise<void> {
    const sid = syncObjectSid(object)
    this.#openings ??= new Map()
    const openings = this.#openings
    const waiting = openings.get(sid) ?? new Set()
    await new Promise<void>((resolve) => {
      const timer = pacing.after(longest, done)
      function done() {
        timer.cancel()
        waiting.delete(done)
        resolve()
      }
      openings.set(sid, waiting.add(done))
    })
    if (waiting.size === 0) openings.delete(sid)
  }

  /** Ends the connection without a word: the client comes back in about a second (wire-protocol §2.7). The operator is told which limit it was. */
  drop(reason: string, limit?: LimitName): void {
    if (this.closed) return
    const { log, limits } = this.door.ctx
    const fields = { reason, identity: this.identity }
    if (limit) log.info({ ...fields, setting: limitSetting(limit), limit: limits[limit] }, 'A connection was dropped')
    else log.debug(fields, 'A connection was dropped')
    this.#ended()
    this.websocket.terminate()
  }

  #ended(): void {
    if (this.closed) return
    this.closed = true
    this.#requests.close()
    this.door.ended(this)
  }

  /** Looks after time: identifies or goes, is warned before the token expires, goes when it does. */
  tick(now: number): void {
    if (this.#active) {
      this.#active = false
      this.#activeAt = now
    }
    if (!this.#token) {
      if (now - this.date_created >= this.door.ctx.limits.initMilliseconds) this.drop('it did not identify itself', 'initMilliseconds')
      return
    }
    // Not with `close` 410, which strands official clients: they come back, are refused with 20104, and say so (wire-protocol §2.6).
    if (now >= this.#token.expires_at) this.drop('its token expired')
    else if (!this.#warned && now >= this.#token.expires_at - this.door.warningBefore(this.date_created, this.#token)) {
      this.#warned = true
      this.push(packet(`{"method":"client_update","id":"TM0","client_update_type":"token_about_to_expire"`, ''))
    }
  }

  /** Asks whether somebody is still there. @returns `false` when nobody answered the last time either */
  ping(): boolean {
    // An answer that we do not read is no silence.
    if (!this.#heard && !this.websocket.isPaused) return false
    this.#heard = false
    this.websocket.ping()
    return true
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heard = true
    this.#active = true
    if (!isBinary || this.closed) return
    const bytes = data as Buffer
    if (isAcknowledgement(bytes)) return
    const frame = decodeFrame(bytes, this.door.ctx.limits.frameHeaderBytes)
    if (frame) this.#handle(frame, bytes.length)
  }

  #handle(frame: Frame, bytes: number): void {
    const { id, method } = frame.header
    if (typeof method !== 'string' || method === 'reply') return
    if (method === 'telemetry.v1') return
    if (method === 'close') this.websocket.close()
    else if (method === 'init' || method === 'update') void this.#identify(frame, method)
    else if (!this.#actor) this.#reply(id, refusal(initExpected()))
    else if (method === 'message') this.#requests.add(() => this.#answer(frame), bytes)
    else if (method === 'put_notification_ctx' || method === 'delete_notification_ctx' || method === 'ping') this.#reply(id, ok)
    else this.#reply(id, refusal(new ParleyError('frame-malformed', { text: `The method ${method.slice(0, 64)} is not known` })))
  }

  /** `init` and `update` (wire-protocol §2.3, §2.6). */
  async #identify({ header }: Frame, method: 'init' | 'update'): Promise<void> {
    if (this.#initialising) return this.#reply(header.id, refusal(new ParleyError('frame-malformed', { text: 'init is under way' })))
    if (method === 'update' && !this.#actor) return this.#reply(header.id, refusal(initExpected()))
    this.#initialising = true
    this.door.workBegins()
    try {
      const { actor, token } = await this.door.identify(header['token'])
      if (this.closed) return
      if (this.#actor && this.#actor.user_sid !== actor.user_sid) throw new ParleyError('identity-differs')
      const first = !this.#actor
      if (first) this.#assertRoom(actor)
      this.#actor = actor
      this.#token = token
      this.#outbox.maxBytes = this.door.ctx.limits.outgoingBufferBytes
      this.#warned = false
      if (method === 'update') return this.#reply(header.id, ok)
      this.#message_types = messageTypes(header['registrations'])
      this.#extras = extrasOf(header['capabilities'])
      this.#software = softwareOf(header['metadata'])
      const isBack = typeof header['continuation_token'] === 'string' && knownToken.test(header['continuation_token'])
      this.#connection = isBack ? (header['continuation_token'] as string) : `CT${this.door.ctx.ids.uuid().replaceAll('-', '')}`
      this.#reply(header.id, `${ok},${initReply(header, { connection: this.#connection, isBack, extras: this.#extras, door: this.door })}`)
      if (first) {
        this.sid = this.door.ctx.ids.sid('connection')
        this.door.began(this, isBack)
      }
    } catch (error) {
      if (!(error instanceof ParleyError)) this.door.ctx.log.error({ err: error }, 'A token could not be checked')
      const known = error instanceof ParleyError ? error : new ParleyError('internal-error')
      this.door.ctx.log.info({ code: known.code, reason: known.message }, 'A connection was refused')
      this.#reply(header.id, refusal(known))
    } finally {
      this.door.workEnds()
      this.#initialising = false
    }
  }

  /** @throws 51001 when the account has as many connections as it may have */
  #assertRoom({ account_sid }: UserActor): void {
    const { connections, limits } = this.door.ctx
    const most = limits.connectionsPerAccount
    if (connections.countOf(account_sid) < most) return
    const setting = limitSetting('connectionsPerAccount')
    throw new ParleyError('connections-exceeded', { text: `Connection limit exceeded: ${setting} is ${most}` })
  }

  #answer(frame: Frame): Promise<void> {
    this.door.workBegins()
    const answering = this.#extras.includes(mutationCapability)
      ? this.door.answers.once(this.user_sid, frame, () => answerUpstream(this.door.routes, this, frame))
      : answerUpstream(this.door.routes, this, frame)
    return this.#answerWith(frame.header.id, answering)
  }

  /** Waits for an answer, perhaps for seconds, and meanwhile holds no more of the request than its id. */
  async #answerWith(id: unknown, answering: Promise<UpstreamAnswer>): Promise<void> {
    const { status, body, goesOn } = await answering
    const httpStatus = `"http_status":{"code":${status},"status":"${statusText(status)}"},"http_headers":{"content-type":"application/json"}`
    this.#reply(id, `${ok},${httpStatus}`, body)
    if (goesOn) await goesOn
    this.door.workEnds()
  }

  /** `members` is JSON without braces. */
  #reply(id: unknown, members: string, payload = ''): void {
    const said = typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : 'null'
    if (!this.closed) this.#outbox.push(packet(`{"method":"reply","id":${said},${members}`, payload))
  }
}

const ok = '"status":{"code":200,"status":"OK"}'

/** What waits at most for somebody who has not said yet who they are, in bytes. */
const strangersBufferBytes = 65_536

const initExpected = () => new ParleyError('token-invalid', { text: 'init is expected first' })

/** A refusal on the level of the connection; 4xx and 5xx mean different things to the client's state machine (wire-protocol §2.5). */
function refusal(error: ParleyError): string {
  const { code, message, status } = toErrorBody(error)
  return `"status":${JSON.stringify({ code: status, status: statusText(status), description: message, errorCode: code })}`
}

const texts: Record<number, string> = {
  200: 'OK',
  201: 'CREATED',
  202: 'ACCEPTED',
  204: 'NO_CONTENT',
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  413: 'REQUEST_ENTITY_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
}
const statusText = (status: number) => texts[status] ?? 'ERROR'

const knownToken = /^CT[0-9a-f]{32}$/

interface Begun {
  connection: string
  isBack: boolean
  extras: readonly string[]
  door: Pick<SessionHost, 'name' | 'applicationServerKey'>
}

/** What `init` is answered beyond its status. Clients subscribe to everything again by themselves, so a continuation token is only a name. */
function initReply(header: Frame['header'], { connection, isBack, extras, door }: Begun): string {
  const registrations = Array.isArray(header['registrations']) ? Math.min(header['registrations'].length, 10) : 0
  const status = isBack ? '{"reissued":false,"reissue_message":"TOKEN_VALID"}' : '{"reissued":true,"reissue_message":"MISSING"}'
  return (
    `${extras.length === 0 ? '"capabilities":["client_update"]' : agreedOn(extras, door)},"continuation_token":"${connection}",` +
    `"continuation_token_status":${status},"init_registrations":[${new Array(registrations).fill(registered).join()}]`
  )
}

const registered = '{"product":"ip_messaging","type":"ers","status":"registered"}'

/** What only ours knows, as members of JSON. */
function agreedOn(extras: readonly string[], { name, applicationServerKey }: Begun['door']): string {
  const webPush = extras.includes(webPushCapability) ? { application_server_key: applicationServerKey } : {}
  return JSON.stringify({ capabilities: ['client_update', ...extras], parley: { server: name, ...webPush } }).slice(1, -1)
}

/** What a client asked for of that which only ours knows. */
function extrasOf(capabilities: unknown): string[] {
  return Array.isArray(capabilities)
    ? [startCapability, mutationCapability, repeatedSendCapability, webPushCapability].filter((extra) => capabilities.includes(extra))
    : []
}

/** What a client says of itself (wire-protocol §2.3). */
interface Software {
  sdk: string | null
  sdk_version: string | null
  environment: string | null
}

const unknownSoftware: Software = { sdk: null, sdk_version: null, environment: null }

/** Clients are many and kinds of them few, so equal ones are one for all connections. */
const internedSoftware = new Map<string, Software>()

function softwareOf(metadata: unknown): Software {
  if (typeof metadata !== 'object' || metadata === null) return unknownSoftware
  const { sdk, sdkv, env, envv } = metadata as Record<string, unknown>
  const known = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 128) : null)
  const name = [sdk, sdkv, env, envv].map((value) => known(value) ?? '').join('\n')
  const same = internedSoftware.get(name)
  if (same) return same
  const software = { sdk: known(sdk), sdk_version: known(sdkv), environment: [known(env), known(envv)].filter(Boolean).join(' ') || null }
  if (internedSoftware.size < 100) internedSoftware.set(name, software)
  return software
}

const everyMessageType: ReadonlySet<string> = new Set()

/** The notification types that the client's registrations name; few, so equal sets are one set for all connections. */
const interned = new Map<string, ReadonlySet<string>>()

function messageTypes(registrations: unknown): ReadonlySet<string> {
  if (!Array.isArray(registrations)) return everyMessageType
  const types: string[] = []
  for (const one of registrations as ({ message_types?: unknown } | null)[]) {
    if (!Array.isArray(one?.message_types)) continue
    for (const type of one.message_types.slice(0, 20)) if (typeof type === 'string' && type.length < 100) types.push(type)
  }
  const key = types.join(' ')
  const same = interned.get(key)
  if (same) return same
  const known = new Set(types)
  if (interned.size < 100) interned.set(key, known)
  return known
}
