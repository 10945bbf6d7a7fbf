import { MessageAnswer, ParleyError, type Permission, type UpdateMessage } from '@parley/protocol'
import type { ConversationRow, MessageRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { type Actor, assertInside, assertOnly, authorise, nameOf, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { message as messageParameters } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { recipientsJson } from './send-message.ts'

/** Changes a message; what is absent stays. A change that changes nothing is heard by nobody. */
export async function updateMessage(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  message_sid: string,
  requested: UpdateMessage,
): Promise<MessageRow> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  const changes = isAsked(audience, 'onMessageUpdate')
    ? await asked(ctx, audience, actor, conversation_sid, message_sid, requested)
    : undefined
  const params: UpdateMessage = changes ? { ...requested, ...changes } : requested

  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const before = await getChangeable(tx, actor, conversation, message_sid, requested)
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)
    assertSayable(before, params)
    const after = changed(before, params)
    if (sameValues(before, after)) return before
    const message = await tx.messages.save(conversation, {
      ...after,
      last_updated_by: nameOf(actor),
      date_updated: params.date_updated ?? ctx.clock.now(),
    })
    await tell(ctx, tx, audience, { event: 'onMessageUpdated', conversation, parameters: () => messageParameters(message) })
    return message
  })
}

/** The message, if the actor may change it like this. @throws 50500, 50107 */
async function getChangeable(
  read: Pick<Readers, 'messages' | 'seats' | 'participants' | 'services' | 'roles'>,
  actor: Actor,
  conversation: ConversationRow,
  message_sid: string,
  params: UpdateMessage,
): Promise<MessageRow> {
  const seat = await seatOf(read, actor, conversation)
  assertInside(actor, seat)
  const message = await read.messages.find(conversation.sid, message_sid)
  if (!message) throw new ParleyError('message-not-found')
  if (actor.kind !== 'user') return message
  const own = message.author === actor.identity
  const { body, attributes, subject } = params
  const body_allowed: Permission[] = own ? ['editOwnMessage', 'editAnyMessage'] : ['editAnyMessage']
  const attributes_allowed: Permission[] = own ? ['editOwnMessageAttributes', 'editAnyMessageAttributes'] : ['editAnyMessageAttributes']
  if (body !== undefined || subject !== undefined) authorise(actor, seat, ...body_allowed)
  if (attributes !== undefined) authorise(actor, seat, ...attributes_allowed)
  assertOnly(actor, params, 'body', 'attributes', 'subject')
  return message
}

/** Asks before a message is changed that may be changed, as far as can be seen now. @returns what the answer puts in place */
async function asked(
  ctx: Context,
  audience: Audience,
  actor: Actor,
  conversation_sid: string,
  message_sid: string,
  requested: UpdateMessage,
): Promise<MessageAnswer> {
  const conversation = await conversationNow(ctx, conversation_sid)
  const before = await getChangeable(ctx.store.read, actor, conversation, message_sid, requested)
  assertOpen(conversation)
  assertSayable(before, requested)
  const parameters = messageParameters(changed(before, requested))
  return ask(ctx, audience, { event: 'onMessageUpdate', conversation_sid, parameters, answer: MessageAnswer })
}

/** What was sent as a file alone says nothing else afterwards. */
function assertSayable(before: MessageRow, { body }: UpdateMessage): void {
  if (body && before.media !== null && before.body === null) throw new ParleyError('media-body-fixed')
}

/** The author of what nobody has signed. */
const nobody = 'system'

const changed = (before: MessageRow, params: UpdateMessage): MessageRow => ({
  ...before,
  author: params.author === null ? nobody : (params.author ?? before.author),
  body: params.body === undefined ? before.body : params.body,
  subject: params.subject === undefined ? before.subject : params.subject,
  attributes: params.attributes ?? before.attributes,
  channel_metadata: params.channel_metadata === undefined ? before.channel_metadata : params.channel_metadata,
  recipients: params.recipient === undefined ? before.recipients : recipientsJson(params.recipient),
  date_created: params.date_created ?? before.date_created,
  date_updated: params.date_updated ?? before.date_updated,
})
