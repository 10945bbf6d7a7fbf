import { ParleyError, type Permission, type UpdateMessage } from '@parley/protocol'
import type { MessageRow } from '../../storage/schema.ts'
import { type Actor, assertInside, assertOnly, authorise, nameOf, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { recipientsJson } from './send-message.ts'

/** Changes a message; what is absent stays. A change that changes nothing is heard by nobody. */
export async function updateMessage(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  message_sid: string,
  params: UpdateMessage,
): Promise<MessageRow> {
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const seat = await seatOf(tx, actor, conversation)
    assertInside(actor, seat)
    const before = await tx.messages.find(conversation_sid, message_sid)
    if (!before) throw new ParleyError('message-not-found')
    if (actor.kind === 'user') {
      const own = before.author === actor.identity
      const { body, attributes, subject } = params
      const body_allowed: Permission[] = own ? ['editOwnMessage', 'editAnyMessage'] : ['editAnyMessage']
      const attributes_allowed: Permission[] = own ? ['editOwnMessageAttributes', 'editAnyMessageAttributes'] : ['editAnyMessageAttributes']
      if (body !== undefined || subject !== undefined) authorise(actor, seat, ...body_allowed)
      if (attributes !== undefined) authorise(actor, seat, ...attributes_allowed)
      assertOnly(actor, params, 'body', 'attributes', 'subject')
    }
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)
    // What was sent as a file alone says nothing else afterwards.
    if (params.body && before.media !== null && before.body === null) throw new ParleyError('media-body-fixed')

    const after: MessageRow = {
      ...before,
      author: params.author ?? before.author,
      body: params.body === undefined ? before.body : params.body,
      subject: params.subject === undefined ? before.subject : params.subject,
      attributes: params.attributes ?? before.attributes,
      channel_metadata: params.channel_metadata === undefined ? before.channel_metadata : params.channel_metadata,
      recipients: params.recipient === undefined ? before.recipients : recipientsJson(params.recipient),
      date_created: params.date_created ?? before.date_created,
      date_updated: params.date_updated ?? before.date_updated,
    }
    if (sameValues(before, after)) return before
    return tx.messages.save(conversation, {
      ...after,
      last_updated_by: nameOf(actor),
      date_updated: params.date_updated ?? ctx.clock.now(),
    })
  })
}
