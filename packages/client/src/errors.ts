/** The server refused a request. */
export class RequestError extends Error {
  override readonly name: string = 'RequestError'
  /** HTTP status. */
  readonly status: number
  /** The number of the refusal, which the list of error codes explains; `null` when the server gave none. */
  readonly code: number | null
  /** What helps beyond the text: the field, the setting, … */
  readonly details: Readonly<Record<string, unknown>>
  /** The whole answer. */
  readonly body: unknown

  constructor(status: number, body: unknown) {
    const { code, message, details } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    super(typeof message === 'string' ? message : `The server answered ${status}`)
    this.status = status
    this.code = typeof code === 'number' ? code : null
    this.details = (details as Record<string, unknown> | undefined) ?? {}
    this.body = body
  }

  /** The same as `message`. */
  get description(): string {
    return this.message
  }
}

interface ConnectionErrorOptions {
  terminal?: boolean
  status?: number | null
  code?: number | null
  isUnreachable?: boolean
}

/** Why a connection is not there. Its members are those of the event `connectionError`. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError'
  /** Whether the client has given up until something is done: until the token is updated, for instance. */
  readonly terminal: boolean
  readonly httpStatusCode: number | null
  /** The number of the refusal, 20104 for an expired token. */
  readonly errorCode: number | null
  /** Whether not even a socket could be opened: the server is down, or the network does not lead there. */
  readonly isUnreachable: boolean

  constructor(message: string, { terminal = false, status = null, code = null, isUnreachable = false }: ConnectionErrorOptions = {}) {
    super(message)
    this.terminal = terminal
    this.isUnreachable = isUnreachable
    this.httpStatusCode = status
    this.errorCode = code
  }

  /** Whether the server says that it is the token. */
  get isAboutToken(): boolean {
    return this.httpStatusCode === 401 || this.httpStatusCode === 403
  }
}

/** What went wrong with a request that has no answer. */
export type LostReason =
  /** The connection broke before the answer came, and repeating might do it twice. Whether it was done is not known. */
  | 'outcome-unknown'
  /** No answer within the time. */
  | 'timeout'
  /** Too many requests wait for the connection. */
  | 'too-many-waiting'
  /** The client was shut down. */
  | 'shut-down'

const lostTexts: Record<LostReason, string> = {
  'outcome-unknown': 'The connection broke before the answer came',
  timeout: 'The server did not answer in time',
  'too-many-waiting': 'Too many requests wait for a connection',
  'shut-down': 'The client has been shut down',
}

/** A request has no answer. */
export class RequestLostError extends Error {
  override readonly name: string = 'RequestLostError'

  constructor(readonly reason: LostReason) {
    super(lostTexts[reason])
  }
}

/** A call with an argument of the wrong kind. Nothing was sent. */
export class ArgumentError extends Error {
  override readonly name: string = 'ArgumentError'

  constructor(
    /** Counted from 1. */
    readonly position: number,
    expected: string,
    value: unknown,
  ) {
    super(`Argument ${position} has to be ${expected}, not ${shown(value)}`)
  }
}

function shown(value: unknown): string {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return typeof value
  try {
    return (JSON.stringify(value) ?? typeof value).slice(0, 100)
  } catch {
    return typeof value
  }
}
