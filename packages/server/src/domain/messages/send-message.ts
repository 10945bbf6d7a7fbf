import { canonicalSid, isSid, type MessageMedia, type MessageRecipient, ParleyError, type SendMessage } from '@parley/protocol'
import type { AppendedMessage, Draft } from '../../storage/append-messages.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Sender } from '../../storage/senders.ts'
import { type Actor, assertOnly, authorise, nameOf } from '../access.ts'
import { contentOfMessage, type MessageContent } from '../content/content-of-message.ts'
import type { Context } from '../context.ts'
import { assertOpen } from '../conversations/find-conversation.ts'
import { activity } from '../conversations/timers.ts'
import { attachMedia, namedMedia } from '../media/attach-media.ts'
import { pushOfMessage } from '../push/ask-for-push.ts'

/**
 * Sends a message. The hot path: everything is decided inside the one transaction that many messages share, with the conversation and the
 * sender's seat as they are at that moment. An inactive conversation wakes. A content template takes the place of body and media (rest-api §3.3).
 */
export async function sendMessage(ctx: Context, actor: Actor, conversation_sid: string, params: SendMessage): Promise<AppendedMessage> {
  const templated = params.content_sid !== undefined
  const named = templated ? [] : namedMedia(params, ctx.limits)
  const attached = named.length > 0
  assertSaysSomething(params, attached)
  assertOnly(actor, params, 'author', 'body', 'subject', 'attributes', 'media_sid', 'media_sids', 'content_sid', 'content_variables')
  // Before a lane is chosen by it.
  if (!isSid('conversation', conversation_sid)) throw new ParleyError('conversation-not-found')
  const author = actor.kind === 'user' ? actor.identity : (params.author ?? nameOf(actor))
  const content = templated ? await contentOfMessage(ctx, actor, conversation_sid, params) : undefined
  const media_sids = content ? [content.media_sid] : named

  return ctx.store.append({
    conversation_sid: canonicalSid(conversation_sid),
    seat: actor.kind === 'user' ? { user_sid: actor.user_sid } : { author },
    ...(media_sids.length > 0 ? { media_sids } : {}),
    decide: (conversation, sender, rows) => {
      if (actor.kind === 'user') {
        if (conversation.chat_service_sid !== actor.chat_service_sid) throw new ParleyError('conversation-not-found')
        if (!sender?.participant_sid) throw new ParleyError('not-a-participant')
        if (attached) authorise(actor, sender, 'sendMediaMessage')
        if (!attached || params.body || params.subject) authorise(actor, sender, 'sendMessage')
      } else if (conversation.group_addresses !== null && !sender?.participant_sid) throw new ParleyError('group-author-foreign')
      ctx.quotas.take(conversation.sid)
      assertOpen(conversation)
      const now = ctx.clock.now()
      const media = media_sids.length > 0 ? attachMedia({ limits: ctx.limits, now }, actor, conversation, media_sids, rows) : null
      const drafted = draft(ctx, conversation, sender, { now, author, media, content, params })
      return { ...drafted, jobs: pushOfMessage(ctx, conversation, drafted.message) }
    },
  })
}

interface Said {
  now: number
  author: string
  media: MessageMedia[] | null
  content: MessageContent | undefined
  params: SendMessage
}

function draft(
  ctx: Context,
  conversation: ConversationRow,
  sender: Sender | undefined,
  { now, author, media, content, params }: Said,
): Draft {
  return {
    message: {
      sid: ctx.ids.sid('message'),
      account_sid: conversation.account_sid,
      chat_service_sid: conversation.chat_service_sid,
      conversation_sid: conversation.sid,
      author,
      participant_sid: sender?.participant_sid ?? null,
      body: content ? content.body : (params.body ?? null),
      subject: params.subject ?? null,
      attributes: params.attributes ?? '{}',
      media: media && JSON.stringify(media),
      content_sid: content?.content_sid ?? null,
      delivery: null,
      channel_metadata: params.channel_metadata ?? null,
      recipients: recipientsJson(params.recipient),
      last_updated_by: null,
      date_created: params.date_created ?? now,
      date_updated: params.date_updated ?? params.date_created ?? now,
    },
    conversation: { ...activity(conversation, now), date_updated: now },
  }
}

/** The recipients of an e-mail as their row has them. */
export const recipientsJson = (recipients: MessageRecipient[] = []): string | null =>
  recipients.length === 0 ? null : JSON.stringify(recipients)

/** Refuses a message without body, media or content (50503), and values that fill no template (50528). */
function assertSaysSomething(params: SendMessage, attached: boolean): void {
  if (params.content_sid !== undefined) return
  if (Object.keys(params.content_variables ?? {}).length > 0) throw new ParleyError('content-sid-missing')
  if (!params.body && !attached) throw new ParleyError('message-empty')
}
