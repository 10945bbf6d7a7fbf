import {
  canonicalSid,
  isSid,
  MessageAnswer,
  type MessageMedia,
  type MessageRecipient,
  ParleyError,
  type SendMessage,
} from '@parley/protocol'
import type { AppendedMessage, Draft } from '../../storage/append-messages.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Sender } from '../../storage/senders.ts'
import { type Actor, assertOnly, authorise, nameOf } from '../access.ts'
import { contentOfMessage, fillForMessage, type MessageContent } from '../content/content-of-message.ts'
import type { Context } from '../context.ts'
import { assertOpen } from '../conversations/find-conversation.ts'
import { activity } from '../conversations/timers.ts'
import { attachMedia, namedMedia } from '../media/attach-media.ts'
import { pushOfMessage } from '../push/ask-for-push.ts'
import { ask, unacceptable } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { addedMessage, newMessage, state, type Told } from '../webhooks/parameters.ts'
import { deliveriesOf } from '../webhooks/tell.ts'

/**
 * Sends a message. The hot path: everything is decided inside the one transaction that many messages share, with the conversation and the
 * sender's seat as they are at that moment. An inactive conversation wakes. A content template takes the place of body and media (rest-api §3.3).
 * `mutation_id` is how the sender names the message: asked again with it, they get the message that was sent.
 */
export async function sendMessage(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  requested: SendMessage,
  mutation_id?: string,
): Promise<AppendedMessage> {
  const templated = requested.content_sid !== undefined
  const named = templated ? [] : namedMedia(requested, ctx.limits)
  const attached = named.length > 0
  assertSaysSomething(requested, attached)
  assertOnly(actor, requested, 'author', 'body', 'subject', 'attributes', 'media_sid', 'media_sids', 'content_sid', 'content_variables')
  // Before a lane is chosen by it.
  if (!isSid('conversation', conversation_sid)) throw new ParleyError('conversation-not-found')
  const sid = canonicalSid(conversation_sid)
  const message_sid =
    mutation_id !== undefined && actor.kind === 'user' ? ctx.ids.sidFrom('message', mutation_id, `${actor.user_sid} ${sid}`) : undefined
  const audience = await audienceIn(ctx, actor, sid)
  const filled = templated ? await fillForMessage(ctx, actor, sid, requested) : undefined
  const said = filled ? { ...requested, body: filled.body ?? '' } : requested
  const sending = { actor, conversation_sid: sid, requested: said, attached: named }
  const changes = isAsked(audience, 'onMessageAdd') ? await asked(ctx, audience, sending) : undefined
  const params = changes ? { ...requested, ...changes } : requested
  const author = changes?.author ?? authorOf(actor, requested)
  // Who replaces the text of a template takes its form away, which says the same.
  const isReplaced = changes?.body !== undefined && changes.body !== said.body
  const content = filled && !isReplaced ? await contentOfMessage(ctx, actor, sid, filled) : undefined
  const media_sids = content ? [content.media_sid] : named

  return ctx.store.append({
    conversation_sid: sid,
    seat: actor.kind === 'user' ? { user_sid: actor.user_sid } : { author },
    ...(media_sids.length > 0 ? { media_sids } : {}),
    ...(message_sid === undefined ? {} : { sid: message_sid }),
    decide: (conversation, sender, rows) => {
      assertMaySend(sending, conversation, sender)
      ctx.quotas.take(conversation.sid)
      assertOpen(conversation)
      const now = ctx.clock.now()
      const media = media_sids.length > 0 ? attachMedia({ limits: ctx.limits, now }, actor, conversation, media_sids, rows) : null
      const drafted = draft(ctx, conversation, sender, { message_sid, now, author, media, content, params })
      const written = { jobs: pushOfMessage(ctx, conversation, drafted.message), ...drafted }
      return hearsMessages(audience, conversation) ? { deliveries: telling(ctx, audience, conversation, drafted), ...written } : written
    },
  })
}

/** A message on its way, as it was asked for. */
interface Sending {
  actor: Actor
  conversation_sid: string
  requested: SendMessage
  /** The SIDs of media that it names. */
  attached: readonly string[]
}

const authorOf = (actor: Actor, { author }: SendMessage): string => (actor.kind === 'user' ? actor.identity : (author ?? nameOf(actor)))

function assertMaySend(
  { actor, requested, attached: { length } }: Sending,
  conversation: ConversationRow,
  sender: Sender | undefined,
): void {
  if (actor.kind !== 'user') {
    if (conversation.group_addresses !== null && !sender?.participant_sid) throw new ParleyError('group-author-foreign')
    return
  }
  if (conversation.chat_service_sid !== actor.chat_service_sid) throw new ParleyError('conversation-not-found')
  if (!sender?.participant_sid) throw new ParleyError('not-a-participant')
  if (length > 0) authorise(actor, sender, 'sendMediaMessage')
  if (length === 0 || requested.body || requested.subject) authorise(actor, sender, 'sendMessage')
}

/** Asks before a message is sent that may be sent, as far as can be seen now. @returns what the answer puts in its place */
async function asked(ctx: Context, audience: Audience, sending: Sending): Promise<MessageAnswer> {
  const { conversation_sid, requested, attached } = sending
  const parameters = await wanted(ctx, sending)
  const changes = await ask(ctx, audience, { event: 'onMessageAdd', conversation_sid, parameters, answer: MessageAnswer })
  if (changes.body === '' && attached.length === 0 && requested.body) throw unacceptable('onMessageAdd', new ParleyError('message-empty'))
  return changes
}

/** What there is to say of a message that may be sent. What is looked at for it is not held while somebody is asked. */
async function wanted(ctx: Context, sending: Sending): Promise<Told<'onMessageAdd'>> {
  const { actor, conversation_sid, requested, attached } = sending
  const { read } = ctx.store
  const conversation = await conversationNow(ctx, conversation_sid)
  const author = authorOf(actor, requested)
  const seat = await read.seats.find({ conversation_sid, seat: actor.kind === 'user' ? { user_sid: actor.user_sid } : { author } })
  const participant_sid = seat?.participant?.sid ?? null
  assertMaySend(sending, conversation, seat && { ...seat, participant_sid })
  assertOpen(conversation)
  const named = attached.length > 0
  const rows = new Map(named ? (await read.media.findMany(attached)).map((row) => [row.sid, row]) : [])
  const media = named ? attachMedia({ limits: ctx.limits, now: ctx.clock.now() }, actor, conversation, attached, rows) : null
  const { body = null, attributes = '{}' } = requested
  return newMessage({ conversation_sid, body, author, participant_sid, attributes, media: media && JSON.stringify(media) })
}

/** Whether what is told of a message may be wanted by anybody. */
const hearsMessages = (audience: Audience | undefined, { webhooks }: ConversationRow): audience is Audience =>
  audience !== undefined && (audience.after !== undefined || webhooks !== null)

/** What webhooks are told once the message has its index: that it was sent, and that it woke the conversation. */
function telling(ctx: Context, audience: Audience, conversation: ConversationRow, drafted: Draft): NonNullable<Draft['deliveries']> {
  const from = conversation.state
  const after = { ...conversation, ...drafted.conversation }
  return (message) => [
    ...deliveriesOf(ctx, audience, { event: 'onMessageAdded', conversation, parameters: () => addedMessage(message, conversation) }),
    ...(after.state === from
      ? []
      : deliveriesOf(ctx, audience, { event: 'onConversationStateUpdated', conversation, parameters: () => state(from, after, 'EVENT') })),
  ]
}

interface Said {
  /** `undefined` for a new one. */
  message_sid: string | undefined
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
  { message_sid, now, author, media, content, params }: Said,
): Draft {
  return {
    message: {
      sid: message_sid ?? ctx.ids.sid('message'),
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
    conversation: { date_updated: now, ...activity(conversation, now) },
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
