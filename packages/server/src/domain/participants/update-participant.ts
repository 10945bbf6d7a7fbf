import { ParleyError, type Permission, type UpdateParticipant } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import { type Actor, assertInside, assertOnly, authorise, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { ensureUser } from '../users/ensure-user.ts'
import { changeBinding } from './bindings.ts'
import { getParticipant } from './find-participant.ts'
import { regroup } from './groups.ts'
import { roleInConversation } from './roles.ts'

/** Changes a participant, by SID or identity; what is absent stays. */
export async function updateParticipant(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  address: string,
  params: UpdateParticipant,
): Promise<Membership> {
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const seat = await seatOf(tx, actor, conversation)
    assertInside(actor, seat)
    const before = await getParticipant(tx, conversation_sid, address)
    if (actor.kind === 'user') {
      const own: Permission[] = before.user_sid === actor.user_sid ? ['editOwnParticipantAttributes'] : []
      authorise(actor, seat, ...own, 'editAnyParticipantAttributes')
      assertOnly(actor, params, 'attributes')
    }
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)

    const after = await changed(ctx, tx, actor, conversation, before, params)
    if (sameValues(before, after)) return { participant: before, conversation }
    const mine = after.user_sid !== before.user_sid || after.last_read_message_index !== before.last_read_message_index
    const saved = await tx.participants.save(
      conversation,
      { ...after, date_updated: params.date_updated ?? ctx.clock.now() },
      { roster: true, mine: mine && after.user_sid !== null },
    )
    return params.messaging_binding ? { ...saved, conversation: await regroup(tx, saved.conversation) } : saved
  })
}

async function changed(
  ctx: Context,
  tx: Writers,
  actor: Actor,
  conversation: ConversationRow,
  before: ParticipantRow,
  params: UpdateParticipant,
): Promise<ParticipantRow> {
  const read = params.last_read_message_index
  const moved = read !== undefined && read !== before.last_read_message_index
  const after: ParticipantRow = {
    ...before,
    attributes: params.attributes ?? before.attributes,
    role_sid:
      params.role_sid === undefined ? before.role_sid : await roleInConversation(tx, conversation, before.identity, params.role_sid),
    ...(params.messaging_binding && (await changeBinding(ctx, tx, actor, before, params.messaging_binding))),
    last_read_message_index: read === undefined ? before.last_read_message_index : read,
    last_read_timestamp:
      params.last_read_timestamp !== undefined
        ? params.last_read_timestamp
        : moved
          ? read === null
            ? null
            : ctx.clock.now()
          : before.last_read_timestamp,
    date_created: params.date_created ?? before.date_created,
    date_updated: params.date_updated ?? before.date_updated,
  }
  if (params.identity === undefined || params.identity === before.identity) return after
  if (before.identity !== null || before.projected_address === null) throw new ParleyError('identity-not-addable')
  if (await tx.participants.findByIdentity(conversation.sid, params.identity)) throw new ParleyError('participant-exists')
  const user = await ensureUser(ctx, tx, conversation.chat_service_sid, params.identity)
  return { ...after, identity: params.identity, user_sid: user.sid }
}
