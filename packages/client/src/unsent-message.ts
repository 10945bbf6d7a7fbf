import { type CancellablePromise, cancellable } from './cancellable-promise.ts'
import type { ContentTemplateVariable } from './content-template.ts'
import { RequestError } from './errors.ts'
import type { JSONValue } from './json.ts'
import type { MediaCategory, MediaService, SendMediaOptions } from './media-service.ts'
import type { Rest } from './rest.ts'

const mediaNotFound = 50507

/** How an e-mail is sent. */
export interface SendEmailOptions {
  subject?: string
}

/** What sending needs. */
export interface Outbox {
  readonly rest: Rest
  readonly media: MediaService
  /** Of the conversation's messages. */
  url(): string
}

/** A message that is ready to be sent. */
export class UnsentMessage {
  text?: string
  attributes: JSONValue = {}
  mediaContent: [MediaCategory, FormData | SendMediaOptions][] = []
  emailOptions: SendEmailOptions = {}
  contentSid?: string
  contentVariables?: ContentTemplateVariable[]
  readonly #outbox: Outbox
  /** SIDs of what was uploaded for a message that was not sent after all. */
  readonly #uploaded = new Map<unknown, string>()

  /** @internal */
  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  /** Uploads what goes with it, and sends it. Called again after a failure, it goes on with what is not uploaded yet. @returns its index */
  send(): CancellablePromise<number | null> {
    const { rest } = this.#outbox
    return cancellable(async (signal) => {
      const media_sids = await this.#upload(signal)
      try {
        const { index } = await rest.send<{ index: number | string }>(this.#outbox.url(), {
          body: this.text,
          subject: this.emailOptions.subject,
          ...(media_sids.length > 0 ? { media_sids } : {}),
          attributes: JSON.stringify(this.attributes),
          ...this.#content(),
        })
        this.#uploaded.clear()
        return Number(index)
      } catch (error) {
        // Too much time has gone by: the server has let go of them.
        if (error instanceof RequestError && error.code === mediaNotFound) this.#uploaded.clear()
        throw error
      }
    })
  }

  async #upload(signal: AbortSignal): Promise<string[]> {
    const sids: string[] = []
    for (const content of this.mediaContent) {
      const sid = this.#uploaded.get(content) ?? (await this.#outbox.media.upload(content[1], content[0], signal)).sid
      this.#uploaded.set(content, sid)
      sids.push(sid)
      signal.throwIfAborted()
    }
    return sids
  }

  #content(): object {
    if (this.contentSid === undefined) return {}
    const variables = this.contentVariables?.map(({ name, value }) => [name, value])
    return { content_sid: this.contentSid, ...(variables ? { content_variables: JSON.stringify(Object.fromEntries(variables)) } : {}) }
  }
}
