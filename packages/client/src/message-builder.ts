import type { CancellablePromise } from './cancellable-promise.ts'
import { check, either, instance, json, type Kind, listOf, nonEmptyText, nothing, objectWith, optional, text } from './check-arguments.ts'
import type { ConversationLimits } from './configuration.ts'
import { ContentTemplateVariable } from './content-template.ts'
import type { JSONValue } from './json.ts'
import { isForm, type MediaCategory, type SendMediaOptions } from './media-service.ts'
import { type Outbox, UnsentMessage } from './unsent-message.ts'

const form = instance('a FormData', globalThis.FormData)
const bytes: Kind = { name: 'bytes', fits: (value) => typeof value === 'object' && value !== null }
/** @internal */
export const mediaArgument = either(
  objectWith({ contentType: nonEmptyText, media: either(nonEmptyText, bytes), filename: optional(text) }),
  form,
)
/** The content type of a part of an e-mail is said beside it. */
const emailArgument = either(objectWith({ contentType: either(text, nothing), media: either(text, bytes), filename: optional(text) }), form)

const megabyte = 1_048_576

/**
 * Puts a message together.
 *
 * @example await conversation.prepareMessage().setBody('Hello').addMedia(picture).buildAndSend()
 */
export class MessageBuilder {
  readonly #limits: ConversationLimits
  readonly #message: UnsentMessage
  readonly #emailBodies = new Map<string, FormData | SendMediaOptions>()
  readonly #emailHistories = new Map<string, FormData | SendMediaOptions>()

  /** @internal */
  constructor(limits: ConversationLimits, outbox: Outbox) {
    this.#limits = limits
    this.#message = new UnsentMessage(outbox)
  }

  setBody(body: string): MessageBuilder {
    check([body], text)
    this.#message.text = body
    return this
  }

  setSubject(subject: string): MessageBuilder {
    check([subject], text)
    this.#message.emailOptions.subject = subject
    return this
  }

  setAttributes(attributes: JSONValue): MessageBuilder {
    check([attributes], json)
    this.#message.attributes = attributes
    return this
  }

  /** The body of an e-mail, once for each content type that `conversation.limits` names. */
  setEmailBody(contentType: string, body: FormData | SendMediaOptions): MessageBuilder {
    check([contentType, body], text, emailArgument)
    this.#emailBodies.set(contentType, typed(body, contentType))
    return this
  }

  /** The history that an e-mail quotes, once for each content type that `conversation.limits` names. */
  setEmailHistory(contentType: string, history: FormData | SendMediaOptions): MessageBuilder {
    check([contentType, history], text, emailArgument)
    this.#emailHistories.set(contentType, typed(history, contentType))
    return this
  }

  /** Sends the content of a template instead of a text. Variables that are not given keep the template's values. */
  setContentTemplate(contentSid: string, contentVariables: ContentTemplateVariable[] = []): MessageBuilder {
    check([contentSid, contentVariables], text, optional(listOf(instance('a ContentTemplateVariable', ContentTemplateVariable))))
    this.#message.contentSid = contentSid
    this.#message.contentVariables = contentVariables
    return this
  }

  addMedia(payload: FormData | SendMediaOptions): MessageBuilder {
    check([payload], mediaArgument)
    this.#message.mediaContent.push(['media', payload])
    return this
  }

  /** @throws when the media are more or larger than `conversation.limits` allows, or a part of an e-mail has a content type that it does not name */
  build(): UnsentMessage {
    for (const type of this.#emailBodies.keys()) allowed('body', type, this.#limits.emailBodiesAllowedContentTypes)
    for (const type of this.#emailHistories.keys()) allowed('history', type, this.#limits.emailHistoriesAllowedContentTypes)
    const { mediaAttachmentsCountLimit, mediaAttachmentSizeLimitInMb, mediaAttachmentsTotalSizeLimitInMb } = this.#limits
    const attachments = this.#message.mediaContent.filter(([category]) => category === 'media')
    if (attachments.length > mediaAttachmentsCountLimit) throw new Error(`A message has at most ${mediaAttachmentsCountLimit} attachments`)
    const sizes = attachments.map(([, media]) => sizeOf(media) / megabyte)
    if (sizes.some((size) => size > mediaAttachmentSizeLimitInMb))
      throw new Error(`An attachment has at most ${mediaAttachmentSizeLimitInMb} MB`)
    if (sizes.reduce((sum, size) => sum + size, 0) > mediaAttachmentsTotalSizeLimitInMb)
      throw new Error(`The attachments of a message have at most ${mediaAttachmentsTotalSizeLimitInMb} MB together`)
    const email = (category: MediaCategory, parts: Map<string, FormData | SendMediaOptions>) =>
      [...parts.values()].map((part): [MediaCategory, FormData | SendMediaOptions] => [category, part])
    this.#message.mediaContent = [...attachments, ...email('body', this.#emailBodies), ...email('history', this.#emailHistories)]
    return this.#message
  }

  buildAndSend(): CancellablePromise<number | null> {
    return this.build().send()
  }
}

function allowed(part: string, contentType: string, types: readonly string[]): void {
  if (!types.includes(contentType)) throw new Error(`An e-mail ${part} cannot be ${contentType}: ${types.join(', ') || 'none'} can`)
}

const typed = (part: FormData | SendMediaOptions, contentType: string) => (isForm(part) ? part : { ...part, contentType })

function sizeOf(payload: FormData | SendMediaOptions): number {
  if (isForm(payload)) return 0
  const { media } = payload
  if (typeof media === 'string') return media.length
  if (media === null) return 0
  return 'byteLength' in media ? media.byteLength : media.size
}
