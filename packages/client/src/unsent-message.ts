import { type CancellablePromise, cancellable } from './cancellable-promise.ts'
import type { ContentTemplateVariable } from './content-template.ts'
import type { JSONValue } from './json.ts'
import type { MediaCategory, MediaService, SendMediaOptions } from './media-service.ts'
import type { Rest } from './rest.ts'

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

  /** @internal */
  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  /** Uploads what goes with it, and sends it. @returns its index */
  send(): CancellablePromise<number | null> {
    const { rest, media } = this.#outbox
    return cancellable(async (signal) => {
      const media_sids: string[] = []
      for (const [category, content] of this.mediaContent) {
        media_sids.push((await media.upload(content, category, signal)).sid)
        signal.throwIfAborted()
      }
      const { index } = await rest.send<{ index: number | string }>(this.#outbox.url(), {
        body: this.text,
        subject: this.emailOptions.subject,
        ...(media_sids.length > 0 ? { media_sids } : {}),
        attributes: JSON.stringify(this.attributes),
        ...this.#content(),
      })
      return Number(index)
    })
  }

  #content(): object {
    if (this.contentSid === undefined) return {}
    const variables = this.contentVariables?.map(({ name, value }) => [name, value])
    return { content_sid: this.contentSid, ...(variables ? { content_variables: JSON.stringify(Object.fromEntries(variables)) } : {}) }
  }
}
