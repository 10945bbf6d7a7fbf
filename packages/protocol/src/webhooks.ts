import { type Static, Type } from '@sinclair/typebox'
import { type ErrorName, limitExceeded, ParleyError } from './errors.ts'
import { clearableFlag, clearableIndex, custom, type Reading, required, sid, word } from './fields.ts'
import { type PostActionEvent, postActionEvents, type WebhookEventType, webhookEventTypes } from './webhook-events.ts'

/** How a webhook is called. */
export const webhookMethods = ['GET', 'POST'] as const
export type WebhookMethod = (typeof webhookMethods)[number]

/** `flex` belongs to another product: it is stored, and nothing is sent. */
export const accountWebhookTargets = ['webhook', 'flex'] as const
export type AccountWebhookTarget = (typeof accountWebhookTargets)[number]

/** What a webhook of one conversation waits for: events, words in messages, or every message, for a flow. */
export const conversationWebhookTargets = ['webhook', 'trigger', 'studio'] as const
export type ConversationWebhookTarget = (typeof conversationWebhookTargets)[number]

/** An absolute URL that can be called; nothing clears it. */
const callableUrl = (tooLong: ErrorName) =>
  custom<string | null>(Type.String({ format: 'uri' }), (raw, at) => {
    if (raw === '' || raw === null) return null
    if (typeof raw !== 'string' || /[\s\0\uD800-\uDFFF]/u.test(raw) || !/^https?:\/\/./i.test(raw) || !URL.canParse(raw))
      throw new ParleyError('webhook-format-invalid', { details: { field: at.field, expected: 'an absolute http or https URL' } })
    const longest = at.limits.webhookUrlLength
    if (raw.length > longest) throw limitExceeded(tooLong, 'webhookUrlLength', longest, at.field)
    return raw
  })

/** Each value of a list that is not empty. Nothing, alone, is how a form clears a list. */
function listed<T>(raw: unknown, read: (one: string) => T): T[] {
  const values = [raw].flat().filter((one) => one !== null)
  if (values.length === 1 && values[0] === '') return []
  return values.map((one) => read(String(one)))
}

/** Names of events, in any case, each once. */
const eventList = <E extends WebhookEventType>(events: readonly E[], refuse: (event: string, at: Reading) => ParleyError) => {
  const byLowerCase = new Map(events.map((event) => [event.toLowerCase(), event]))
  return custom<E[]>(Type.Array(Type.String({ enum: [...events] })), (raw, at) => {
    const named = listed(raw, (one) => {
      const event = byLowerCase.get(one.toLowerCase())
      if (event === undefined) throw refuse(one.slice(0, 80), at)
      return event
    })
    return [...new Set(named)]
  })
}

const anyEvent = eventList<WebhookEventType>(
  webhookEventTypes,
  (event, { field }) =>
    new ParleyError('parameter-invalid', {
      text: `Invalid parameter ${field}: names of webhook events are expected`,
      details: { field, event },
    }),
)

/** Only what was done is told to webhooks of a conversation: they are not asked (webhooks §1). */
const postActionEvent = eventList<PostActionEvent>(
  postActionEvents,
  (event, { field }) =>
    new ParleyError('conversation-webhook-filter-invalid', { details: { field, event, expected: 'post-action events' } }),
)

const configurable = {
  method: Type.Optional(word(webhookMethods, 'webhook-method-invalid')),
  filters: Type.Optional(anyEvent),
  pre_webhook_url: Type.Optional(callableUrl('webhook-format-invalid')),
  post_webhook_url: Type.Optional(callableUrl('webhook-format-invalid')),
  /** Of ours: whether an action is refused when its pre-action webhook cannot be asked. Nothing: as the server's setting says. */
  pre_webhook_fail_closed: Type.Optional(clearableFlag()),
  /** Of ours: whether what is done by REST fires without `X-Twilio-Webhook-Enabled`. Nothing: as the server's setting says. */
  rest_webhook_enabled: Type.Optional(clearableFlag()),
}

/** Parameters of the webhooks of a service (rest-api §3.14): absent means unchanged, empty clears. */
export const UpdateServiceWebhooks = Type.Object(configurable)
export type UpdateServiceWebhooks = Static<typeof UpdateServiceWebhooks>

/** Parameters of the webhooks of the account. */
export const UpdateAccountWebhooks = Type.Object({ ...configurable, target: Type.Optional(word(accountWebhookTargets)) })
export type UpdateAccountWebhooks = Static<typeof UpdateAccountWebhooks>

/** The words that a `trigger` waits for. */
const triggers = custom<string[]>(Type.Array(Type.String({ minLength: 1 })), (raw, at) => {
  const { triggersPerWebhook, triggerLength } = at.limits
  const words = listed(raw, (one) => {
    if (one.trim() === '' || /[\0\uD800-\uDFFF]/u.test(one))
      throw new ParleyError('conversation-webhook-trigger-invalid', { details: { field: at.field } })
    if (one.length > triggerLength) throw limitExceeded('conversation-webhook-trigger-invalid', 'triggerLength', triggerLength, at.field)
    return one
  })
  if (words.length > triggersPerWebhook)
    throw limitExceeded('conversation-webhook-triggers-exceeded', 'triggersPerWebhook', triggersPerWebhook, at.field)
  return words
})

const scoped = {
  url: Type.Optional(callableUrl('conversation-webhook-url-too-long')),
  method: Type.Optional(word(webhookMethods, 'webhook-method-invalid')),
  filters: Type.Optional(postActionEvent),
  triggers: Type.Optional(triggers),
  flow_sid: Type.Optional(sid('flow', 'conversation-webhook-flow-invalid')),
}

/** Parameters of a new webhook of a conversation (rest-api §3.7). */
export const CreateConversationWebhook = Type.Object({
  target: required(
    word(conversationWebhookTargets, 'conversation-webhook-target-invalid', 'conversation-webhook-target-missing'),
    'conversation-webhook-target-missing',
  ),
  configuration: Type.Optional(Type.Object({ ...scoped, replay_after: Type.Optional(clearableIndex()) })),
})
export type CreateConversationWebhook = Static<typeof CreateConversationWebhook>

/** Parameters of changing a webhook of a conversation: absent means unchanged. What it waits for stays. */
export const UpdateConversationWebhook = Type.Object({ configuration: Type.Optional(Type.Object(scoped)) })
export type UpdateConversationWebhook = Static<typeof UpdateConversationWebhook>
