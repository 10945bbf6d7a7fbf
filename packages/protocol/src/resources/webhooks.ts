import { type Static, Type } from '@sinclair/typebox'
import { accountWebhookTargets, conversationWebhookTargets, webhookMethods } from '../webhooks.ts'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

/** Only there when somebody has said so: they are extensions of ours. */
const flags = { pre_webhook_fail_closed: Type.Optional(Type.Boolean()), rest_webhook_enabled: Type.Optional(Type.Boolean()) }

/** The webhooks of the account (rest-api §3.14). */
export const AccountWebhooksResource = Type.Object({
  account_sid: SidOf('account'),
  method: Word(webhookMethods),
  filters: Type.Array(Type.String()),
  pre_webhook_url: nullable(Type.String()),
  post_webhook_url: nullable(Type.String()),
  target: Word(accountWebhookTargets),
  ...flags,
  url: Url,
})
export type AccountWebhooksResource = Static<typeof AccountWebhooksResource>

/** The webhooks of a service: nulls while nobody has configured any. */
export const ServiceWebhooksResource = Type.Object({
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  method: nullable(Word(webhookMethods)),
  filters: nullable(Type.Array(Type.String())),
  pre_webhook_url: nullable(Type.String()),
  post_webhook_url: nullable(Type.String()),
  ...flags,
  url: Url,
})
export type ServiceWebhooksResource = Static<typeof ServiceWebhooksResource>

/** What a webhook of a conversation is configured with, by what it waits for. A `trigger` has its words under both names (rest-api §3.7). */
const Scoped = Type.Union([
  Type.Object({ flow_sid: SidOf('flow') }),
  Type.Object({
    url: Type.String(),
    method: Word(webhookMethods),
    filters: Type.Array(Type.String()),
    triggers: Type.Optional(Type.Array(Type.String())),
  }),
])

/** A webhook of one conversation (rest-api §3.7). */
export const ConversationWebhookResource = Type.Object({
  sid: SidOf('conversationWebhook'),
  account_sid: SidOf('account'),
  chat_service_sid: Type.Optional(SidOf('service')),
  conversation_sid: SidOf('conversation'),
  target: Word(conversationWebhookTargets),
  configuration: Scoped,
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type ConversationWebhookResource = Static<typeof ConversationWebhookResource>
