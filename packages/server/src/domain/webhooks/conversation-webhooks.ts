import { type CreateConversationWebhook, canonicalSid, limitExceeded, ParleyError, type UpdateConversationWebhook } from '@parley/protocol'
import { type ConversationWebhook, webhooksOf, withWebhooks } from '../../storage/conversation-webhooks.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { lockConversation } from '../conversations/find-conversation.ts'
import { replayFor } from './replay-messages.ts'

/** A webhook of a conversation. @throws 20404 */
export function getConversationWebhook(conversation: ConversationRow, sid: string): ConversationWebhook {
  const webhook = webhooksOf(conversation).find((one) => one.sid === canonicalSid(sid))
  if (!webhook) throw new ParleyError('conversation-webhook-not-found')
  return webhook
}

/** Makes a webhook of one conversation (rest-api §3.7). @throws 50361 when the conversation has as many as it may */
export function createConversationWebhook(
  ctx: Context,
  conversation_sid: string,
  { target, configuration = {} }: CreateConversationWebhook,
): Promise<ConversationWebhook> {
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const webhooks = webhooksOf(conversation)
    const { webhooksPerConversation } = ctx.limits
    if (webhooks.length >= webhooksPerConversation)
      throw limitExceeded('conversation-webhooks-exceeded', 'webhooksPerConversation', webhooksPerConversation)
    const now = ctx.clock.now()
    const webhook = configured(
      {
        sid: ctx.ids.sid('conversationWebhook'),
        target,
        url: null,
        method: 'POST',
        filters: [],
        triggers: [],
        flow_sid: null,
        replay_next: replayFrom(conversation, configuration.replay_after ?? null),
        date_created: now,
        date_updated: now,
      },
      configuration,
    )
    await tx.conversations.save(withWebhooks(conversation, [...webhooks, webhook]))
    if (webhook.replay_next !== null) await tx.jobs.insert(replayFor(ctx, conversation, webhook))
    return webhook
  })
}

/** Changes a webhook of a conversation; what is absent stays. What it waits for never changes. */
export function updateConversationWebhook(
  ctx: Context,
  conversation_sid: string,
  webhook_sid: string,
  { configuration = {} }: UpdateConversationWebhook,
): Promise<ConversationWebhook> {
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const before = getConversationWebhook(conversation, webhook_sid)
    const webhook = { ...configured(before, configuration), date_updated: ctx.clock.now() }
    const webhooks = webhooksOf(conversation).map((one) => (one.sid === webhook.sid ? webhook : one))
    await tx.conversations.save(withWebhooks(conversation, webhooks))
    return webhook
  })
}

/** Takes a webhook of a conversation away: what it is still to be told is told. */
export async function removeConversationWebhook(ctx: Context, conversation_sid: string, webhook_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const { sid } = getConversationWebhook(conversation, webhook_sid)
    const webhooks = webhooksOf(conversation).filter((one) => one.sid !== sid)
    await tx.conversations.save(withWebhooks(conversation, webhooks))
  })
}

type Configuration = NonNullable<UpdateConversationWebhook['configuration']>

const at = (field: string) => ({ details: { field: `configuration.${field}` } })

/** The webhook with what its target needs, and nothing else. @throws 50367, 50369, 50370, 50371 for what it needs and has not */
function configured(before: ConversationWebhook, params: Configuration): ConversationWebhook {
  if (before.target === 'studio') {
    const flow_sid = params.flow_sid ?? before.flow_sid
    if (flow_sid === null) throw new ParleyError('conversation-webhook-flow-invalid', at('flow_sid'))
    return { ...before, flow_sid }
  }
  const { url = before.url, method = before.method } = params
  if (url === null) throw new ParleyError('conversation-webhook-url-missing', at('url'))
  if (before.target === 'webhook') {
    const { filters = before.filters } = params
    if (filters.length === 0) throw new ParleyError('conversation-webhook-filter-missing', at('filters'))
    return { ...before, url, method, filters }
  }
  const { triggers = before.triggers } = params
  if (triggers.length === 0) throw new ParleyError('conversation-webhook-trigger-missing', at('triggers'))
  return { ...before, url, method, triggers }
}

/** Where a replay begins. An index beyond the next message is a mistake: nothing stands there, and nothing will soon. */
function replayFrom({ next_index }: ConversationRow, replay_after: number | null): number | null {
  if (replay_after === null) return null
  if (replay_after > next_index)
    throw new ParleyError('parameter-invalid', {
      text: `Invalid parameter Configuration.ReplayAfter: an index up to ${next_index} is expected`,
      ...at('replay_after'),
    })
  return replay_after < next_index ? replay_after : null
}
