import type { Subject } from '../subject/server-process.ts'
import { signAccessToken } from './access-token.ts'
import { concurrently } from './concurrently.ts'
import { initialise, type OpenedClient, openAll } from './open-objects.ts'
import { Rest } from './rest.ts'
import { Session } from './session.ts'
import { Network } from './websocket.ts'

export interface Room {
  sid: string
  identities: string[]
}

export interface Bot {
  session: Session
  /** What it showed at its first connection; a client comes back with the same. */
  token: string
  client: OpenedClient
}

const setUpWidth = 32

/** Everybody who talks to one server: the back end that makes rooms, and the people in them. */
export class Population {
  readonly rest: Rest
  readonly subject: Subject
  readonly #network = new Network()

  constructor(subject: Subject) {
    this.subject = subject
    this.rest = new Rest(subject.url, subject.credentials.accountSid, subject.credentials.authToken, setUpWidth)
  }

  /** People of another service of the same account, to be closed by whoever asked for them. */
  async ofAnotherService(name: string): Promise<Population> {
    const serviceSid = await this.rest.create('/v1/Services', { FriendlyName: name })
    return new Population({ ...this.subject, credentials: { ...this.subject.credentials, serviceSid } })
  }

  get serviceSid(): string {
    return this.subject.credentials.serviceSid
  }

  get conversationsPath(): string {
    return `/v1/Services/${this.serviceSid}/Conversations`
  }

  /** Creates rooms whose members are `<prefix>-<room>-<member>`. */
  async createRooms(rooms: number, members: number, prefix = 'bot'): Promise<Room[]> {
    const numbers = Array.from({ length: rooms }, (_, at) => at)
    const sids = await concurrently(numbers, setUpWidth, (at) =>
      this.rest.create(this.conversationsPath, { FriendlyName: `Room ${prefix} ${at}` }),
    )
    const made = sids.map((sid, at) => ({ sid, identities: Array.from({ length: members }, (_, member) => `${prefix}-${at}-${member}`) }))
    const memberships = made.flatMap(({ sid, identities }) => identities.map((identity) => ({ sid, identity })))
    await concurrently(memberships, setUpWidth, ({ sid, identity }) =>
      this.rest.create(`${this.conversationsPath}/${sid}/Participants`, { Identity: identity }),
    )
    return made
  }

  token(identity: string): string {
    return signAccessToken(this.subject.credentials, identity)
  }

  /** Connects and initialises the socket; opens nothing. */
  connect(identity: string, token = this.token(identity)): Promise<Session> {
    return Session.start(this.#network, this.subject.websocketUrl, identity, token)
  }

  /** Connects and opens all that the SDK opens. */
  async join(identity: string): Promise<Bot> {
    const token = this.token(identity)
    const session = await this.connect(identity, token)
    return { session, token, client: await openAll(session, await initialise(session)) }
  }

  joinAll(identities: readonly string[], width = setUpWidth): Promise<Bot[]> {
    return concurrently(identities, width, (identity) => this.join(identity))
  }

  /** Writes what waits to be written now, and not at the end of this turn of the event loop. */
  flush(): void {
    this.#network.outbox.flush()
  }

  close(): void {
    this.rest.close()
  }
}
