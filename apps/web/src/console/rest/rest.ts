import { type ErrorBody, formName } from '@parley/protocol'

/** Parameters by their names in the protocol. `undefined` is not sent, and `null` clears. */
export interface Parameters {
  [name: string]: string | number | boolean | null | undefined | readonly string[] | Parameters
}

/** What the server refused, in its words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Partial<ErrorBody>,
    /** Seconds to wait before the next try, when the server names them. */
    readonly retryAfter: number | null,
  ) {
    super(body.message ?? `HTTP ${status}`)
  }
  get code(): number | null {
    return this.body.code ?? null
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

export type Method = 'GET' | 'POST' | 'DELETE'

/** Names and values as a form or a query has them, `messaging_binding: { address }` as `MessagingBinding.Address`. */
function formOf(parameters: Parameters, prefix = ''): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    const spelled = prefix + formName(name)
    if (value === undefined) continue
    if (Array.isArray(value)) for (const one of value.length > 0 ? value : ['']) form.append(spelled, one)
    else if (typeof value === 'object' && value !== null)
      for (const [inner, text] of formOf(value as Parameters, `${spelled}.`)) form.append(inner, text)
    else form.append(spelled, value === null ? '' : String(value))
  }
  return form
}

/** A path with parameters behind it. */
export function withQuery(path: string, parameters: Parameters): string {
  const query = formOf(parameters).toString()
  return query === '' ? path : `${path}?${query}`
}

export interface Sending {
  /** A form, or JSON where that is what a path takes. */
  body?: URLSearchParams | string
  signal?: AbortSignal
}

/** Sends a request with the session's cookie, which the server takes together with this header alone. @throws Refusal, Unreachable */
export async function send(method: Method, path: string, { body, signal }: Sending = {}): Promise<Response> {
  const headers: Record<string, string> = { 'x-parley-console': '1' }
  if (typeof body === 'string') headers['content-type'] = 'application/json'
  const answer = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body }),
    ...(signal && { signal }),
  }).catch((cause) => {
    if (signal?.aborted) throw cause
    throw new Unreachable('', { cause })
  })
  if (answer.ok) return answer
  const told = (await answer.json().catch(() => ({}))) as Partial<ErrorBody>
  const retryAfter = Number(answer.headers.get('retry-after'))
  throw new Refusal(answer.status, told, retryAfter > 0 ? retryAfter : null)
}

let signedOut = () => {}

/** Says what is to be done when the server does not know the session any more. */
export function whenSignedOut(listener: () => void): void {
  signedOut = listener
}

/** Asks the REST API. @throws Refusal, Unreachable */
export async function ask(method: Method, path: string, sending: Sending = {}): Promise<Response> {
  try {
    return await send(method, path, sending)
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) signedOut()
    throw error
  }
}

/** Fetches a resource, or a page of a list. */
export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask('GET', path, signal ? { signal } : {})).json() as Promise<T>

/** Makes or changes a resource, or asks for something to be done. */
export const post = async <T>(path: string, parameters: Parameters = {}): Promise<T> =>
  (await ask('POST', path, { body: formOf(parameters) })).json() as Promise<T>

/** Takes a resource away. */
export const remove = async (path: string): Promise<void> => void (await ask('DELETE', path))
