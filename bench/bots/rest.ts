import { Agent, request } from 'node:http'

/** An answer of the REST API. */
export interface RestAnswer {
  status: number
  body: unknown
}

/** A back end that uses the REST API over connections it keeps. */
export class Rest {
  readonly #agent: Agent
  readonly #url: URL
  readonly #authorization: string

  constructor(url: URL, user: string, password: string, connections = 16) {
    this.#url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }

  get(path: string): Promise<RestAnswer> {
    return this.#send('GET', path, '')
  }

  post(path: string, form: Record<string, string>): Promise<RestAnswer> {
    return this.#send('POST', path, new URLSearchParams(form).toString())
  }

  /** Creates something; answers its SID. */
  async create(path: string, form: Record<string, string>): Promise<string> {
    const { status, body } = await this.post(path, form)
    if (status !== 201) throw new Error(`POST ${path} was answered ${status}: ${JSON.stringify(body)}`)
    return (body as { sid: string }).sid
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body: string): Promise<RestAnswer> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = { Authorization: this.#authorization, 'Content-Length': Buffer.byteLength(body) }
      if (method === 'POST') headers['Content-Type'] = 'application/x-www-form-urlencoded'
      const call = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) })
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  }
}
