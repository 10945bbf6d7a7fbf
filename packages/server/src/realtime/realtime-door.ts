import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Clock, Timer } from '../base/clock.ts'
import type { ForwardedOf, OriginOf } from '../base/origin.ts'
import type { UserActor } from '../domain/access.ts'
import type { Context } from '../domain/context.ts'
import type { DevicePresence } from '../domain/push/device-presence.ts'
import { type AccessToken, createTokenVerifier, type TokenVerifier } from '../domain/tokens/verify-access-token.ts'
import { identifyUser } from '../domain/users/identify-user.ts'
import type { Presence } from '../domain/users/presence.ts'
import type { Change } from '../storage/changes.ts'
import { configurationRoutes } from './commands/configuration.ts'
import { contentTemplateRoutes } from './commands/content-templates.ts'
import { conversationRoutes } from './commands/conversations.ts'
import { messageRoutes } from './commands/messages.ts'
import { myConversationRoutes } from './commands/my-conversations.ts'
import { participantRoutes } from './commands/participants.ts'
import { registrationRoutes } from './commands/registrations.ts'
import { roleRoutes } from './commands/roles.ts'
import { typingRoutes } from './commands/typing.ts'
import { userRoutes } from './commands/users.ts'
import { Hub } from './hub.ts'
import { type Measures, measure } from './metrics.ts'
import { RememberedAnswers } from './remembered-answers.ts'
import { Session, type SessionHost } from './session.ts'
import { sessionListRoutes } from './session-list/routes.ts'
import { SessionLists } from './session-list/session-lists.ts'
import { startRoutes } from './start/routes.ts'
import { syncRoutes } from './sync/routes.ts'
import { createUpstreamRoutes, type UpstreamRoutes } from './upstream.ts'

const path = '/v3/wsconnect'

/** How often connections are looked after, in milliseconds. */
const tickInterval = 1_000
/** Clients send nothing when idle and do not notice a dead peer: we ask, and two silences end the connection (wire-protocol §2.8). */
const pingInterval = 25_000
/** How long before its end a token is announced to expire; of a token that lives shorter, in the last tenth. */
const expiryWarning = 180_000

export interface RealtimeOptions {
  /** Base of the absolute URLs that a client is told. */
  originOf: OriginOf
  /** Where a client comes from, if it comes by a proxy. */
  forwardedOf: ForwardedOf
  /** Time as the machine has it: whether somebody is still there is not a matter of a clock that can be moved. */
  pacing: Clock
  presence: Presence
  devices: DevicePresence
  /** What browsers subscribe to web push with, in base64url. */
  applicationServerKey: string
}

/** The websocket door: connections, who they belong to, and what they watch. */
export class RealtimeDoor implements SessionHost {
  readonly hub: Hub
  readonly routes: UpstreamRoutes
  /** Tells clients that the same process answers as before. */
  readonly name: string
  readonly answers: RememberedAnswers
  readonly lists: SessionLists
  readonly #sockets: WebSocketServer
  readonly #tokens: TokenVerifier
  readonly #sessions = new Set<Session>()
  #accessChanges = 0
  #underWay = 0
  #idle: (() => void) | undefined
  readonly #timers: Timer[] = []
  readonly #countOut: () => void
  #closed = false

  constructor(
    readonly ctx: Context,
    private readonly options: RealtimeOptions,
  ) {
    this.name = ctx.ids.uuid()
    this.answers = new RememberedAnswers(ctx.clock)
    this.hub = new Hub(ctx.store.read, ctx.clock, ctx.log)
    this.#tokens = createTokenVerifier(ctx)
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: ctx.limits.frameBytes,
    })
    this.lists = new SessionLists(ctx.ids, ctx.clock)
    this.routes = createUpstreamRoutes({ ctx, hub: this.hub, lists: this.lists, pacing: options.pacing, devices: options.devices }, [
      ...configurationRoutes,
      ...conversationRoutes,
      ...myConversationRoutes,
      ...participantRoutes,
      ...messageRoutes,
      ...contentTemplateRoutes,
      ...userRoutes,
      ...roleRoutes,
      ...typingRoutes,
      ...registrationRoutes,
      ...syncRoutes,
      ...startRoutes,
      ...sessionListRoutes,
    ])
    this.#countOut = measure(() => this.#measures())
    this.#every(tickInterval, ctx.clock, () => {
      const now = ctx.clock.now()
      for (const session of this.#sessions) session.tick(now)
    })
    this.#every(pingInterval, options.pacing, () => {
      for (const session of this.#sessions) if (!session.ping()) session.drop('nobody answers')
    })
  }

  #every(interval: number, clock: Clock, task: () => void): void {
    const at = this.#timers.length
    const arm = () => {
      this.#timers[at] = clock.round(interval, () => {
        if (this.#closed) return
        task()
        arm()
      })
    }
    arm()
  }

  /** Takes websocket upgrades of an HTTP server. Any token is accepted here: refusing is done in `init`, or clients retry for ever. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      // A reset before the handshake is done would otherwise be an uncaught error.
      socket.on('error', destroyIt)
      const url = request.url ?? ''
      if (this.#closed || (url !== path && !url.startsWith(`${path}?`))) {
        socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
        return
      }
      this.#sockets.handleUpgrade(request, socket, head, (websocket) => {
        socket.off('error', destroyIt)
        this.#sessions.add(
          new Session(this, websocket, socket as Socket, {
            origin: this.options.originOf(request),
            forwarded: this.options.forwardedOf(request),
          }),
        )
      })
    })
  }

  /**
   * Who a token belongs to. A user who is new to the service comes into being. What is taken away meanwhile is asked about again: who is not
   * known yet when a key is revoked would otherwise be overlooked.
   */
  async identify(token: unknown): Promise<{ actor: UserActor; token: AccessToken }> {
    for (;;) {
      const before = this.#accessChanges
      const known = await identifyUser(this.ctx, this.#tokens, token)
      if (before === this.#accessChanges) return known
    }
  }

  /** How long before the end of a token its connection is warned. */
  warningBefore(openedAt: number, token: AccessToken): number {
    return Math.min(expiryWarning, (token.expires_at - openedAt) / 10)
  }

  get applicationServerKey(): string {
    return this.options.applicationServerKey
  }

  workBegins(): void {
    this.#underWay++
  }

  workEnds(): void {
    this.#underWay--
    if (this.#underWay === 0) this.#idle?.()
  }

  /** A connection has said who it is. */
  began(session: Session, isBack: boolean): void {
    if (!session.closed) this.ctx.connections.add(session)
    this.options.presence.arrived(session.actor)
    this.options.devices.arrived(session.actor, session.connection, isBack)
  }

  /** A connection is over. */
  ended(session: Session): void {
    this.#sessions.delete(session)
    this.lists.lost(session)
    for (const object of [...session.watching.values()]) this.hub.leave(session, object)
    if (!session.token) return
    this.ctx.connections.remove(session)
    this.options.presence.left(session.actor)
    this.options.devices.left(session.actor, session.connection)
  }

  /** News from the bus, in commit order. */
  tell(changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        if (change.object === 'access') this.#accessChanged(change)
        else this.hub.tell(change)
      } catch (cause) {
        // Others in the same commit still hear theirs.
        this.ctx.log.error({ err: cause, object: change.object, sid: change.sid }, 'A change could not be told')
      }
    }
  }

  /** Connections whose ground has gone are ended at once; what roles allow is asked at every command anyhow. */
  #accessChanged({ kind, sid }: Extract<Change, { object: 'access' }>): void {
    this.#accessChanges++
    this.#tokens.forget()
    const lost: Partial<Record<typeof kind, (session: Session) => boolean>> = {
      'key-revoked': ({ token }) => token?.key_sid === sid,
      'account-closed': ({ token }) => token?.account_sid === sid,
      'service-deleted': ({ token }) => token?.chat_service_sid === sid,
      'user-deleted': (session) => session.user_sid === sid,
      // Who watched by a role asks again, and is told what the role allows now.
      'roles-changed': (session) => session.oversees && session.token?.chat_service_sid === sid,
    }
    const isLost = lost[kind]
    if (isLost) for (const session of [...this.#sessions]) if (isLost(session)) session.drop(kind)
    if (kind === 'service-configured') {
      const there = [...this.#sessions].filter((session) => session.ready && session.token?.chat_service_sid === sid)
      this.options.presence.review(there.map((session) => session.actor))
    }
  }

  #measures(): Measures {
    return { sessions: this.#sessions.size, ...this.hub.measures() }
  }

  /** Ends all connections, and what they had begun; their clients come back to whoever answers then. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#countOut()
    for (const timer of this.#timers) timer.cancel()
    for (const session of [...this.#sessions]) session.drop('the server stops')
    this.#sockets.close()
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
  }
}

/** One function for all sockets: one of its own would keep the request of the handshake for as long as the socket lives. */
function destroyIt(this: Duplex): void {
  this.destroy()
}
