import { createDecipheriv, createECDH, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type IncomingHttpHeaders as Http2Headers,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { jwtVerify } from 'jose'
import type { Certificate } from './certificates.ts'
import { Happenings } from './until.ts'

/** What a provider says to a push. */
export interface Said {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

/** A push that arrived at a provider. */
export interface Arrived {
  /** The device's token, or the path of a browser's address. */
  device: string
  headers: Record<string, string | string[] | undefined>
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
  payload: any
}

/** Arrivals of a provider, and what it says to the next ones. */
class Desk {
  readonly arrivals = new Happenings<Arrived>(({ device, payload }) => `${device} ${JSON.stringify(payload)}`)
  readonly #next: Said[] = []

  constructor(private readonly usual: Said) {}

  /** Says this to the next push instead of the usual. */
  say(...said: Said[]): void {
    this.#next.push(...said)
  }

  take(arrived: Arrived): Said {
    const said = this.#next.shift() ?? this.usual
    this.arrivals.add(arrived)
    return said
  }

  /** The first push to a device; waits for it. */
  pushTo(device: string): Promise<Arrived> {
    return this.arrivals.first(`a push to ${device}`, (one) => one.device === device)
  }

  pushesTo(device: string): Arrived[] {
    return this.arrivals.all.filter((one) => one.device === device)
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function listening(server: Server | Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

let account: { secret: string; publicKey: KeyObject } | undefined

/** A service account of Google, as its console hands it out; the same one every time. */
export function serviceAccount(): { secret: string; publicKey: KeyObject } {
  if (account) return account
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  account = {
    secret: JSON.stringify({
      type: 'service_account',
      project_id: 'parley-test',
      client_email: 'push@example.iam.gserviceaccount.com',
      private_key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      // Whoever makes a credential may write anything here: it is not followed.
      token_uri: 'http://169.254.169.254/token',
    }),
    publicKey: keys.publicKey,
  }
  return account
}

/** Google: hands out tokens to who signs for them, and takes messages from who shows one. */
export class Google extends Desk implements AsyncDisposable {
  readonly #server = createServer(
    (request, response) =>
      void this.#answer(request).then(({ status, headers, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(JSON.stringify(body ?? {}))
      }),
  )
  readonly #tokens = new Set<string>()
  /** Tokens that were handed out. */
  handedOut = 0
  /** What is said to who asks for a token, instead of a token. */
  tokenAnswer: Said | undefined
  url = ''

  private constructor() {
    super({ status: 200, body: { name: 'projects/parley-test/messages/1' } })
  }

  static async open(): Promise<Google> {
    const google = new Google()
    google.url = `http://127.0.0.1:${await listening(google.#server)}`
    return google
  }

  get settings(): Record<string, string> {
    return { PARLEY_PUSH_FCM_URL: this.url, PARLEY_PUSH_OAUTH_URL: `${this.url}/token` }
  }

  /** Tokens that were handed out are good no more. */
  forgetTokens(): void {
    this.#tokens.clear()
  }

  async #answer(request: IncomingMessage): Promise<Said> {
    const body = (await bodyOf(request)).toString()
    if (request.url === '/token') return this.tokenAnswer ?? this.#token(new URLSearchParams(body).get('assertion') ?? '')
    if (request.url !== '/v1/projects/parley-test/messages:send') return { status: 404 }
    if (!this.#tokens.has(request.headers.authorization ?? '')) return { status: 401, body: { error: { status: 'UNAUTHENTICATED' } } }
    const { message } = JSON.parse(body)
    return this.take({ device: message.token, headers: request.headers, payload: message })
  }

  async #token(assertion: string): Promise<Said> {
    try {
      const { payload } = await jwtVerify(assertion, serviceAccount().publicKey, {
        audience: `${this.url}/token`,
        issuer: 'push@example.iam.gserviceaccount.com',
        algorithms: ['RS256'],
      })
      if (payload['scope'] !== 'https://www.googleapis.com/auth/firebase.messaging') throw new Error('another scope')
    } catch (error) {
      return { status: 400, body: { error: 'invalid_grant', error_description: (error as Error).message } }
    }
    this.handedOut++
    const access_token = `ya29.${this.handedOut}`
    this.#tokens.add(`Bearer ${access_token}`)
    return { status: 200, body: { access_token, expires_in: 3_600, token_type: 'Bearer' } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A code of FCM, as it says it. */
export const fcmError = (status: number, errorCode: string): Said => ({
  status,
  body: {
    error: { code: status, message: errorCode, details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] },
  },
})

/** A key of Apple for tokens: the `.p8` file. */
export function appleKey(): { privateKey: string; publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return { privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), publicKey }
}

export interface AppleOptions {
  /** Who may send with a token. */
  key?: KeyObject
  /** Serves TLS with this certificate, and takes who shows a certificate. */
  tls?: Certificate
}

/** Apple: HTTP/2, with a token or a certificate. */
export class Apple extends Desk implements AsyncDisposable {
  readonly #server: Http2Server
  readonly #sessions = new Set<{ destroy(): void; goaway(): void }>()
  /** Connections that were made. */
  connections = 0
  url = ''

  private constructor(private readonly options: AppleOptions) {
    super({ status: 200 })
    const { tls } = options
    this.#server = tls ? createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: false }) : createHttp2Server()
    this.#server.on('session', (session) => {
      this.connections++
      this.#sessions.add(session)
      session.on('error', () => {})
      session.on('close', () => this.#sessions.delete(session))
    })
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: Http2Headers) => {
      stream.on('error', () => {})
      void this.#answer(stream, headers)
    })
  }

  static async open(options: AppleOptions = {}): Promise<Apple> {
    const apple = new Apple(options)
    apple.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${await listening(apple.#server)}`
    return apple
  }

  get settings(): Record<string, string> {
    return { PARLEY_PUSH_APNS_URL: this.url }
  }

  /** Says that its connections end. */
  goAway(): void {
    for (const session of this.#sessions) session.goaway()
  }

  async #answer(stream: ServerHttp2Stream, headers: Http2Headers): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const refused = await this.#refusal(stream, headers)
    const device = decodeURIComponent((headers[':path'] ?? '').replace('/3/device/', ''))
    const said = refused ?? this.take({ device, headers, payload: JSON.parse(Buffer.concat(chunks).toString()) })
    stream.respond({ ':status': said.status, 'apns-id': 'APNS-ID-1', ...said.headers })
    stream.end(said.body === undefined ? '' : JSON.stringify(said.body))
  }

  async #refusal(stream: ServerHttp2Stream, { authorization }: Http2Headers): Promise<Said | undefined> {
    const socket = stream.session?.socket as { getPeerCertificate?(): { subject?: { UID?: string } } } | undefined
    if (authorization === undefined)
      return socket?.getPeerCertificate?.().subject?.UID ? undefined : { status: 403, body: { reason: 'MissingProviderToken' } }
    try {
      if (!this.options.key) throw new Error('no key')
      const { payload, protectedHeader } = await jwtVerify(authorization.replace('bearer ', ''), this.options.key, {
        algorithms: ['ES256'],
      })
      if (payload.iss !== 'TEAM123456' || protectedHeader.kid !== 'KEY1234567') throw new Error('another team')
      return undefined
    } catch {
      return { status: 403, body: { reason: 'InvalidProviderToken' } }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
  }
}

/** A browser and its push service. */
export class Browser extends Desk implements AsyncDisposable {
  readonly #server = createServer(
    (request, response) =>
      void this.#answer(request).then(({ status, headers }) => {
        response.writeHead(status, headers)
        response.end()
      }),
  )
  readonly #keys = createECDH('prime256v1')
  readonly #auth = Buffer.alloc(16, 9)
  url = ''
  /** With what it was subscribed. */
  applicationServerKey = ''

  private constructor() {
    super({ status: 201, headers: { location: 'https://push.example.com/message/1' } })
    this.#keys.generateKeys()
  }

  static async open(): Promise<Browser> {
    const browser = new Browser()
    browser.url = `http://127.0.0.1:${await listening(browser.#server)}`
    return browser
  }

  /** `pushManager.subscribe(…)`, as JSON. */
  subscribe(applicationServerKey: string, path = '/wpush/1') {
    this.applicationServerKey = applicationServerKey
    return {
      endpoint: this.url + path,
      expirationTime: null,
      keys: { p256dh: this.#keys.getPublicKey('base64url'), auth: this.#auth.toString('base64url') },
    }
  }

  async #answer(request: IncomingMessage): Promise<Said> {
    const sealed = await bodyOf(request)
    try {
      await this.#assertSigned(request.headers)
      return this.take({ device: request.url ?? '', headers: request.headers, payload: JSON.parse(this.#open(sealed)) })
    } catch (error) {
      return { status: 403, headers: { 'x-reason': String((error as Error).message) } }
    }
  }

  /** RFC 8292. */
  async #assertSigned({ authorization = '' }: IncomingHttpHeaders): Promise<void> {
    const [, token = '', key = ''] = /^vapid t=(\S+), k=(\S+)$/.exec(authorization) ?? []
    if (key !== this.applicationServerKey) throw new Error('another key')
    const point = Buffer.from(key, 'base64url')
    const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
    const { payload } = await jwtVerify(token, createPublicKey({ key: jwk, format: 'jwk' }), { audience: this.url, algorithms: ['ES256'] })
    if (!/^(mailto:|https:)/.test(payload.sub ?? '')) throw new Error('nobody to write to')
  }

  /** RFC 8291. */
  #open(sealed: Buffer): string {
    const salt = sealed.subarray(0, 16)
    const sender = sealed.subarray(21, 86)
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#keys.getPublicKey(), sender])
    const material = Buffer.from(hkdfSync('sha256', this.#keys.computeSecret(sender), this.#auth, info, 32))
    const key = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: aes128gcm\0', 16))
    const nonce = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: nonce\0', 12))
    const decipher = createDecipheriv('aes-128-gcm', key, nonce)
    decipher.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([decipher.update(sealed.subarray(86, -16)), decipher.final()])
    return plain.subarray(0, -1).toString('utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
