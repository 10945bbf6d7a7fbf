import { type CancellablePromise, cancellable } from './cancellable-promise.ts'
import { check, filledListOf, instance, text } from './check-arguments.ts'
import { RequestError } from './errors.ts'
import { toForm } from './form.ts'
import { Media } from './media.ts'
import type { Fetch } from './transport/transport.ts'

/** What media is there for: an attachment, or the body or history of an e-mail. */
export type MediaCategory = 'media' | 'body' | 'history'

/** Media that goes with a message. */
export interface SendMediaOptions {
  /** Its content type. */
  contentType: null | string
  filename?: string
  media: null | string | Buffer | Blob
}

/** The media service's record (wire-protocol §3.5). */
export interface MediaRecord {
  sid: string
  size: number
  content_type: string
  filename?: string | null
  category?: MediaCategory
  links: { content?: string; content_direct_temporary?: string | null }
}

interface MediaSetEntry {
  code: number
  media_record: MediaRecord
}

interface MediaLinks {
  media_service: string
  media_set_service?: string | null
}

/** Media goes over plain HTTP, with the token in a header of its own (wire-protocol §3.5). */
export class MediaService {
  constructor(
    private readonly fetch: () => Fetch,
    private readonly token: () => string,
    private readonly links: () => MediaLinks,
  ) {}

  /** @throws RequestError */
  async upload(media: SendMediaOptions | FormData, category: MediaCategory, signal?: AbortSignal): Promise<MediaRecord> {
    const query: Record<string, string> = { Category: category }
    const headers: Record<string, string> = {}
    // A form brings its name and type with it, and the boundary that fetch writes.
    if (!isForm(media)) {
      if (media.filename) query['Filename'] = media.filename
      headers['Content-Type'] = media.contentType ?? 'application/octet-stream'
    }
    const body = isForm(media) ? media : media.media
    return this.#call<MediaRecord>(`${this.links().media_service}?${toForm(query)}`, {
      method: 'POST',
      headers,
      body: body as Body | null,
      signal: signal ?? null,
    })
  }

  record(sid: string, signal?: AbortSignal): Promise<MediaRecord> {
    return this.#call<MediaRecord>(`${this.links().media_service}/${encodeURIComponent(sid)}`, { signal: signal ?? null })
  }

  /** Where the content of several media can be fetched for a while, by SID. It rejects when there are none. */
  urls(sids: readonly string[]): CancellablePromise<Map<string, string>> {
    return this.#urls(() => {
      check([sids], filledListOf(text))
      return sids
    })
  }

  urlsOf(media: readonly Media[]): CancellablePromise<Map<string, string>> {
    return this.#urls(() => {
      check([media], filledListOf(instance('a media', Media)))
      return media.map(({ sid }) => sid)
    })
  }

  #urls(read: () => readonly string[]): CancellablePromise<Map<string, string>> {
    return cancellable(async (signal) => {
      const sids = read()
      const { media_service, media_set_service } = this.links()
      const body = JSON.stringify({ command: 'get', list: sids.map((media_sid) => ({ media_sid })) })
      const headers = { 'Content-Type': 'application/json' }
      const entries = await this.#call<MediaSetEntry[]>(media_set_service ?? `${media_service}Set`, {
        method: 'POST',
        headers,
        body,
        signal,
      })
      const refused = entries.find(({ code }) => code !== 200)
      if (refused) throw new RequestError(refused.code, { message: `The media ${refused.media_record?.sid} cannot be had` })
      return new Map(entries.map(({ media_record: { sid, links } }) => [sid, links.content_direct_temporary ?? '']))
    })
  }

  /** The text behind a content URL, which carries its own signature. */
  async text(url: string, signal: AbortSignal): Promise<string> {
    const answer = await this.fetch()(url, { signal })
    if (!answer.ok) throw new RequestError(answer.status, await answer.text())
    return answer.text()
  }

  async #call<T>(url: string, init: RequestInit): Promise<T> {
    const headers = { ...(init.headers as Record<string, string>), 'X-Twilio-Token': this.token() }
    const answer = await this.fetch()(url, { ...init, headers })
    const text = await answer.text()
    const body = readJson(text)
    if (!answer.ok) throw new RequestError(answer.status, body ?? text)
    return body as T
  }
}

type Body = NonNullable<NonNullable<Parameters<Fetch>[1]>['body']>

export const isForm = (media: unknown): media is FormData => typeof FormData !== 'undefined' && media instanceof FormData

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
