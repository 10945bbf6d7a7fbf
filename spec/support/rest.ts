import { once } from 'node:events'
import { connect } from 'node:net'
import twilio from 'twilio'
import { afterAll, beforeAll } from 'vitest'
import { checkingClient } from './helper-client.ts'
import { type Parley, type ParleyOptions, startParley } from './parley.ts'
import { usesRefusal } from './uses.ts'

/** One server for all tests of a `describe`: they use names of their own. */
export function sharedParley(options: ParleyOptions): () => Parley {
  let parley: Parley | undefined
  beforeAll(async () => {
    parley = await startParley(options)
  })
  afterAll(() => parley?.close())
  return () => {
    if (!parley) throw new Error('The server is there when the tests run')
    return parley
  }
}

/** Whom a caller says to be. */
export interface Login {
  username: string
  password: string
  account_sid: string
}

const ownerOf = ({ credentials }: Parley): Login => ({
  username: credentials.account_sid,
  password: credentials.auth_token,
  account_sid: credentials.account_sid,
})

/** The official helper library, unmodified, for an account of this server. */
export function helper(parley: Parley, { username, password, account_sid }: Login = ownerOf(parley)) {
  const client = twilio(username, password, { accountSid: account_sid, httpClient: checkingClient() })
  client.conversations.baseUrl = parley.url
  client.api.baseUrl = parley.url
  client.iam.baseUrl = parley.url
  client.content.baseUrl = parley.url
  return client
}

/** Another account, made by the first one. */
export async function anotherAccount(parley: Parley): Promise<Login> {
  const { sid, authToken } = await helper(parley).api.v2010.accounts.create({ friendlyName: 'Another' })
  return { username: sid, password: authToken, account_sid: sid }
}

export interface Asking {
  method?: string
  headers?: Record<string, string>
  /** Parameters of a form body, in order; names may repeat. */
  form?: [name: string, value: string][] | Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
  /** A body as JSON. */
  sends?: unknown
  /** `null` asks without credentials. */
  login?: Login | null
}

export interface Told {
  status: number
  headers: Headers
  text: string
  /** The body as JSON; `undefined` when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
  json: any
}

/** Asks plainly, for what the helper library cannot say or does not show. */
export async function ask(parley: Parley, path: string, asking: Asking = {}): Promise<Told> {
  const { form, sends, login = ownerOf(parley) } = asking
  const body = sends === undefined ? asking.body : JSON.stringify(sends)
  const method = asking.method ?? (form || body !== undefined ? 'POST' : 'GET')
  const headers = new Headers(asking.headers)
  if (login) headers.set('authorization', basicOf(parley, login))
  if (form) headers.set('content-type', 'application/x-www-form-urlencoded')
  if (sends !== undefined) headers.set('content-type', 'application/json')
  const sent = form ? new URLSearchParams(form).toString() : body
  const response = await fetch(path.startsWith('http') ? path : parley.url + path, {
    method,
    headers,
    ...(sent === undefined ? {} : { body: sent }),
  })
  const text = await response.text()
  const json = parsed(text)
  if (response.status >= 400) usesRefusal(json)
  return { status: response.status, headers: response.headers, text, json }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The `Authorization` header of a login; the account's own when none is given. */
export const basicOf = (parley: Parley, { username, password }: Login = ownerOf(parley)) => `Basic ${btoa(`${username}:${password}`)}`

/** Sends a request as it is written, and tells what comes back until the server closes the connection. */
export async function sendRaw(parley: Pick<Parley, 'url'>, request: string): Promise<string> {
  const { hostname, port } = new URL(parley.url)
  const socket = connect(Number(port), hostname)
  let told = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  socket.write(request)
  await once(socket, 'close')
  return told
}
