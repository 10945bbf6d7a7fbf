import type { ErrorBody } from '@parley/protocol'
import type { Ending } from './exit-codes.ts'
import { Problem } from './problem.ts'
import { basicOf, type Target } from './target.ts'

export type Method = 'GET' | 'POST' | 'DELETE'
export type Parameters = readonly (readonly [name: string, value: string])[]

const formOf = (parameters: Parameters) => new URLSearchParams(parameters.map(([name, value]) => [name, value]))

export interface Request {
  /** Of the body, or of the query when nothing is changed. */
  parameters?: Parameters
  headers?: Record<string, string>
  /** In place of a form: bytes, which may be a stream. */
  body?: BodyInit
  /** Milliseconds. */
  patience?: number
}

export interface Answer {
  status: number
  headers: Headers
  /** JSON, or text when it is none; `undefined` when there is no body. */
  body: unknown
}

const usualPatience = 60_000

/** Speaks REST with a server, and says in words what goes wrong. */
export class Rest {
  constructor(readonly target: Target) {}

  /** Resources of the service in use: its own path, or that of the default service. */
  inService(path: string): string {
    const { service_sid } = this.target
    return service_sid ? `/v1/Services/${encodeURIComponent(service_sid)}${path}` : `/v1${path}`
  }

  get<T>(path: string, request?: Request): Promise<T> {
    return this.#expect('GET', path, request) as Promise<T>
  }

  post<T>(path: string, request: Request = {}): Promise<T> {
    return this.#expect('POST', path, request) as Promise<T>
  }

  async delete(path: string, headers: Record<string, string> = {}): Promise<void> {
    await this.#expect('DELETE', path, { headers })
  }

  /** Everything on a list, page by page as it is wanted. `key` names the list in an answer. */
  async *list<T>(path: string, key: string, { parameters = [], limit }: { parameters?: Parameters; limit: number }): AsyncGenerator<T> {
    const size = String(Math.min(limit, 100))
    let left = limit
    let next: string | null | undefined = `${path}?${formOf([...parameters, ['PageSize', size]])}`
    while (next && left > 0) {
      const page: Record<string, unknown> = await this.get(next)
      for (const item of (page[key] as T[]).slice(0, left)) {
        left--
        yield item
      }
      const { meta, next_page_uri } = page as { meta?: { next_page_url: string | null }; next_page_uri?: string | null }
      // The host in it is the one by which others know the server.
      next = meta?.next_page_url ? pathOf(meta.next_page_url) : next_page_uri
    }
  }

  /** Asks, and gives back whatever is answered. @throws Problem when there is no answer */
  async ask(
    method: Method,
    path: string,
    { parameters = [], headers = {}, body, patience = usualPatience }: Request = {},
  ): Promise<Answer> {
    const form = formOf(parameters)
    const inQuery = method !== 'POST' && parameters.length > 0
    const address = `${this.target.url}${path}${inQuery ? `${path.includes('?') ? '&' : '?'}${form}` : ''}`
    const sent = body ?? (method === 'POST' ? form : undefined)
    const authorization = basicOf(this.target)
    let response: Response
    let text: string
    try {
      response = await fetch(address, {
        method,
        headers: { accept: 'application/json', authorization, ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(patience),
        ...(sent === undefined ? {} : { body: sent, duplex: 'half' }),
      } as RequestInit)
      text = await response.text()
    } catch (cause) {
      throw unreachable(this.target, cause)
    }
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : parsed(text) }
  }

  async #expect(method: Method, path: string, request?: Request): Promise<unknown> {
    const answer = await this.ask(method, path, request)
    if (answer.status >= 200 && answer.status < 300) return answer.body
    throw refusal(this.target, answer)
  }
}

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** How a refusal ends the process. */
export function endingOf(status: number): Ending {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'missing'
  return status >= 500 ? 'broken' : 'refused'
}

/** What a server that said no means. */
export function refusal({ url, source }: Target, { status, body }: Answer): Problem {
  const ending = endingOf(status)
  if (typeof body !== 'object' || body === null || !('code' in body))
    return new Problem(`${url} answered ${status}, and not as Parley does.`, { ending, advice: [`Is ${url} a Parley server? (${source})`] })
  const { code, message, details } = body as ErrorBody
  const about = details === undefined ? [] : [`Details: ${JSON.stringify(details)}`]
  const help =
    status === 401
      ? [`The credentials are those of the ${source}, for ${url}.`, 'Take others with --profile; see: parley profiles list']
      : []
  return new Problem(`${message} (${code}, status ${status})`, { ending, advice: [...about, ...help], details: body })
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no way there',
}

const distrusted = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]

/** What a server that cannot be talked to means. */
function unreachable({ url, source }: Target, cause: unknown): Problem {
  const { name, message, cause: inner } = cause as Error & { cause?: NodeJS.ErrnoException }
  const code = inner?.code ?? ''
  if (distrusted.includes(code))
    return new Problem(`${url} is not trusted: its certificate comes from an authority that this machine does not know.`, {
      ending: 'unreachable',
      advice: ['With an authority of your own (parley certs), set NODE_EXTRA_CA_CERTS to its ca.pem'],
      cause,
    })
  const late = name === 'TimeoutError'
  const reason = late ? 'it does not answer' : (reasons[code] ?? inner?.message ?? message)
  return new Problem(`${url} cannot be reached: ${reason || code}.`, {
    ending: 'unreachable',
    advice: [`The address is that of the ${source}.`, 'Does the server run? Start one here: parley dev'],
    cause,
  })
}
