import { readFileSync } from 'node:fs'
import type { Agent, Dispatcher } from 'undici'
import type { OutwardGuard } from '../base/outward-guard.ts'

/** What of an answer is kept, in characters, and read, in bytes. */
export const keptAnswer = 2_000
const largestAnswer = 16_384

export interface Answer {
  status: number
  headers: Dispatcher.ResponseData['headers']
  /** As far as it was read. */
  text: string
}

export interface Call {
  headers: Record<string, string>
  body: string | Buffer
}

/** Posts to a provider over kept connections. Redirects are not followed. */
export interface HttpCaller {
  /** @throws when there is no answer */
  post(url: string, call: Call): Promise<Answer>
  close(): Promise<void>
}

export interface CallerOptions {
  /** File with more certificate authorities. */
  ca: string | undefined
  /** Where requests may go; everywhere when absent. Hosts that are addresses are judged by whoever calls. */
  guard?: OutwardGuard
}

export function createHttpCaller({ ca, guard }: CallerOptions): HttpCaller {
  const connect = { ...(ca ? { ca: readFileSync(ca) } : {}), ...(guard ? { lookup: guard.lookup as never } : {}) }
  let opened: Promise<Agent> | undefined

  return {
    async post(url, { headers, body }) {
      opened ??= import('./provider-agent.ts').then(({ openAgent }) => openAgent(connect))
      const agent = await opened
      const { origin, pathname, search } = new URL(url)
      const response = await agent.request({ origin, path: pathname + search, method: 'POST', headers, body })
      return { status: response.statusCode, headers: response.headers, text: await beginningOf(response.body) }
    },
    async close() {
      const agent = await opened
      await agent?.destroy()
    },
  }
}

/** Reads no more than is of use: a provider that goes on and on is left alone. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes >= largestAnswer) break
  }
  return Buffer.concat(chunks).subarray(0, largestAnswer).toString('utf8')
}

/** When a provider wants to be asked again, in milliseconds from now; `undefined` when it did not say. */
export function retryAfter(headers: Dispatcher.ResponseData['headers'], now: number): number | undefined {
  const said = headers['retry-after']
  if (typeof said !== 'string') return undefined
  if (/^\d{1,6}$/.test(said)) return Number(said) * 1_000
  const date = Date.parse(said)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
