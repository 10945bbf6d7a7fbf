/** A button that sends a text back. */
export type ContentDataReply = { readonly title: string; readonly id?: string }

/** A button that opens a URL. */
export type ContentDataActionUrl = { readonly type: 'url'; readonly title: string; readonly url: string; readonly rawData: string }
/** A button that calls a number. */
export type ContentDataActionPhone = { readonly type: 'phone'; readonly title: string; readonly phone: string; readonly rawData: string }
/** A button that sends a text back. */
export type ContentDataActionReply = {
  readonly type: 'reply'
  readonly title: string
  readonly id?: string
  readonly index: number
  readonly rawData: string
}
/** An action that this version does not know. */
export type ContentDataActionOther = { readonly type: 'other'; readonly rawData: string }
export type ContentDataAction = ContentDataActionUrl | ContentDataActionPhone | ContentDataActionReply | ContentDataActionOther

/** An entry of a list to choose from. */
export type ContentDataListItem = { readonly id: string; readonly item: string; readonly description?: string }

/** `twilio/text`. In all of these `rawData` is the whole as JSON. */
export type ContentDataText = { readonly type: 'text'; readonly body: string; readonly rawData: string }
/** `twilio/media`: URLs of media. */
export type ContentDataMedia = { readonly type: 'media'; readonly body?: string; readonly media: string[]; readonly rawData: string }
/** `twilio/location`. */
export type ContentDataLocation = {
  readonly type: 'location'
  readonly longitude: number
  readonly latitude: number
  readonly label?: string
  readonly rawData: string
}
/** `twilio/quick-reply`. */
export type ContentDataQuickReply = {
  readonly type: 'quickReply'
  readonly body: string
  readonly replies: ContentDataReply[]
  readonly rawData: string
}
/** `twilio/call-to-action`. */
export type ContentDataCallToAction = {
  readonly type: 'callToAction'
  readonly body: string
  readonly actions: ContentDataAction[]
  readonly rawData: string
}
/** `twilio/list-picker`. */
export type ContentDataListPicker = {
  readonly type: 'listPicker'
  readonly body: string
  readonly button: string
  readonly items: ContentDataListItem[]
  readonly rawData: string
}
/** `twilio/card`. */
export type ContentDataCard = {
  readonly type: 'card'
  readonly title: string
  readonly subtitle?: string
  readonly media: string[]
  readonly actions: ContentDataAction[]
  readonly rawData: string
}
/** Content that this version does not know. */
export type ContentDataOther = { readonly type: 'other'; readonly rawData: string }

export type ContentData =
  | ContentDataText
  | ContentDataMedia
  | ContentDataLocation
  | ContentDataQuickReply
  | ContentDataCallToAction
  | ContentDataListPicker
  | ContentDataCard
  | ContentDataOther

interface RawAction {
  type: string
  title: string
  url?: string
  phone?: string
  id?: string
  index?: number
}

// biome-ignore lint/suspicious/noExplicitAny: each variant has members of its own, which stand below
type Raw = any

const variants: Record<string, (raw: Raw) => object> = {
  'twilio/text': ({ body }) => ({ type: 'text', body }),
  'twilio/media': ({ body, media }) => ({ type: 'media', body, media }),
  'twilio/location': ({ longitude, latitude, label }) => ({ type: 'location', longitude, latitude, label }),
  'twilio/quick-reply': ({ body, actions }) => ({ type: 'quickReply', body, replies: actions }),
  'twilio/call-to-action': ({ body, actions }) => ({ type: 'callToAction', body, actions: actions.map(toAction) }),
  'twilio/list-picker': ({ body, button, items }) => ({ type: 'listPicker', body, button, items }),
  'twilio/card': ({ title, subtitle, media = [], actions = [] }) => ({
    type: 'card',
    title,
    subtitle,
    media,
    actions: actions.map(toAction),
  }),
}

function toAction(raw: RawAction): ContentDataAction {
  const { title, url, phone, id, index } = raw
  const rawData = JSON.stringify(raw)
  if (raw.type === 'URL') return { type: 'url', title, url: url as string, rawData }
  if (raw.type === 'PHONE_NUMBER') return { type: 'phone', title, phone: phone as string, rawData }
  if (raw.type === 'QUICK_REPLY') return { type: 'reply', title, ...(id === undefined ? {} : { id }), index: index ?? 0, rawData }
  return { type: 'other', rawData }
}

/** One variant by its key, such as `twilio/card`. @internal */
export function toContentData(key: string, raw: unknown): ContentData {
  const rawData = JSON.stringify(raw)
  const read = Object.hasOwn(variants, key) ? variants[key] : undefined
  return { ...(read?.(raw) ?? { type: 'other' }), rawData } as ContentData
}

/** A gap in a template, and what fills it. */
export class ContentTemplateVariable {
  constructor(
    readonly name: string,
    readonly value: string,
  ) {}

  /** The same gap, filled with something else. */
  copyWithValue(value: string): ContentTemplateVariable {
    return new ContentTemplateVariable(this.name, value)
  }
}

/** @internal */
export interface ContentTemplateAnswer {
  sid: string
  friendly_name: string
  variables: string
  variants: Record<string, unknown>
  date_created: string
  date_updated: string
}

/** A message made beforehand, with gaps to fill. */
export class ContentTemplate {
  readonly sid: string
  readonly friendlyName: string
  readonly variables: ContentTemplateVariable[]
  /** By key, such as `twilio/text`. */
  readonly variants: Map<string, ContentData>
  readonly dateCreated: Date
  readonly dateUpdated: Date

  /** @internal */
  constructor(answer: ContentTemplateAnswer) {
    this.sid = answer.sid
    this.friendlyName = answer.friendly_name
    this.variables = Object.entries(JSON.parse(answer.variables || '{}') as Record<string, string>).map(
      ([name, value]) => new ContentTemplateVariable(name, value),
    )
    this.variants = new Map(Object.entries(answer.variants).map(([key, raw]) => [key, toContentData(key, raw)]))
    this.dateCreated = new Date(answer.date_created)
    this.dateUpdated = new Date(answer.date_updated)
  }
}
