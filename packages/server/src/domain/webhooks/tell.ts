import type { ConversationState, PostActionEvent, StateReason, WebhookMethod } from '@parley/protocol'
import { type ConversationWebhook, webhooksOf } from '../../storage/conversation-webhooks.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { NewDelivery } from '../../storage/webhook-deliveries.ts'
import type { Context } from '../context.ts'
import type { Audience } from './audience.ts'
import { state, type Told, toPairs } from './parameters.ts'
import { isTriggered } from './triggers.ts'

/** Something that was done: the event, the conversation it was done in, and what there is to say of it to those who listen. */
export interface Happening<E extends PostActionEvent = PostActionEvent> {
  event: E
  /** As its row says who listens; `undefined` for what happens in none. */
  conversation?: ConversationRow
  parameters: () => Told<E>
}

/**
 * Tells webhooks what was done, in the transaction that does it: they hear of it when, and only when, it stands. Where nobody listens, nothing is
 * written, and nothing is put together.
 */
export async function tell<E extends PostActionEvent>(
  ctx: Context,
  tx: Pick<Writers, 'deliveries'>,
  audience: Audience | undefined,
  happening: Happening<E>,
): Promise<void> {
  const deliveries = deliveriesOf(ctx, audience, happening)
  if (deliveries.length > 0) await tx.deliveries.enqueue(deliveries)
}

/** Tells that a conversation has another state than before, if it has. */
export async function tellState(
  ctx: Context,
  tx: Pick<Writers, 'deliveries'>,
  audience: Audience | undefined,
  from: ConversationState,
  after: ConversationRow,
  reason: StateReason,
): Promise<void> {
  if (after.state === from) return
  await tell(ctx, tx, audience, {
    event: 'onConversationStateUpdated',
    conversation: after,
    parameters: () => state(from, after, reason),
  })
}

/** Where something is sent. */
interface Receiver {
  level: NewDelivery['level']
  webhook_sid: string | null
  url: string
  method: WebhookMethod
}

/** What is to be sent, and to whom: one webhook of the service or account, and those of the conversation beside it. */
export function deliveriesOf<E extends PostActionEvent>(
  ctx: Context,
  audience: Audience | undefined,
  { event, conversation, parameters }: Happening<E>,
): NewDelivery[] {
  if (!audience) return []
  const { after: listener } = audience
  const hears = listener?.hears.has(event) === true
  const own = conversation ? webhooksOf(conversation) : []
  if (!hears && own.length === 0) return []

  const said = toPairs(audience, event, parameters())
  const receivers: Receiver[] = []
  if (hears) receivers.push({ level: listener.level, webhook_sid: null, url: listener.url, method: listener.method })
  for (const webhook of own) {
    // It hears of this message when it has heard of those before.
    if (event === 'onMessageAdded' && webhook.replay_next !== null) continue
    const receiver = receiverOf(ctx, webhook, event, said)
    if (receiver) receivers.push(receiver)
  }
  return receivers.map((receiver) => delivery(ctx, audience, receiver, event, said, conversation))
}

/** A message that was sent before a webhook was made, for that webhook. */
export function pastMessage(
  ctx: Context,
  audience: Audience,
  webhook: ConversationWebhook,
  conversation: ConversationRow,
  parameters: Told<'onMessageAdded'>,
): NewDelivery | undefined {
  const said = toPairs(audience, 'onMessageAdded', parameters)
  const receiver = receiverOf(ctx, webhook, 'onMessageAdded', said)
  return receiver && delivery(ctx, audience, receiver, 'onMessageAdded', said, conversation)
}

type Said = NewDelivery['parameters']

/** How a webhook of a conversation is reached, if it waits for this (webhooks §1.1). */
function receiverOf(ctx: Context, webhook: ConversationWebhook, event: PostActionEvent, said: Said): Receiver | undefined {
  const { sid: webhook_sid, target, method } = webhook
  const url = target === 'studio' ? ctx.listeners.flows.get(webhook.flow_sid ?? '') : webhook.url
  if (!url || !waitsFor(webhook, event, said)) return undefined
  return { level: 'conversation', webhook_sid, url, method }
}

function waitsFor({ target, filters, triggers }: ConversationWebhook, event: PostActionEvent, said: Said): boolean {
  if (target === 'webhook') return filters.includes(event)
  if (event !== 'onMessageAdded') return false
  if (target === 'studio') return true
  const body = said.find(([name]) => name === 'Body')?.[1]
  return body !== undefined && isTriggered(triggers, body)
}

function delivery(
  ctx: Context,
  { account_sid, chat_service_sid }: Audience,
  receiver: Receiver,
  event_type: PostActionEvent,
  parameters: Said,
  conversation: ConversationRow | undefined,
): NewDelivery {
  return {
    sid: ctx.ids.sid('webhookDelivery'),
    account_sid,
    chat_service_sid,
    conversation_sid: conversation?.sid ?? null,
    event_type,
    parameters,
    idempotency_token: ctx.ids.uuid(),
    date_created: ctx.clock.now(),
    ...receiver,
  }
}
