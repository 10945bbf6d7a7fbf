import type { NewJob } from '../../storage/jobs.ts'
import type { ConversationRow, MessageRow, ParticipantRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { happeningJob } from './push-jobs.ts'

/** What is to be done after the commit because of a new message: nothing, in a service that tells nobody. It costs no look into the database. */
export function pushOfMessage(
  ctx: Context,
  { chat_service_sid, account_sid }: ConversationRow,
  message: Pick<MessageRow, 'sid' | 'conversation_sid'>,
): NewJob[] {
  if (!ctx.push.audience.mayWant(chat_service_sid, 'new_message')) return []
  const { sid: message_sid, conversation_sid } = message
  return [jobOf(ctx, account_sid, { type: 'new_message', conversation_sid, message_sid })]
}

/** Has somebody told, after the commit, that somebody else let them take part, or took them out. */
export async function askForPushOfMembership(
  ctx: Context,
  tx: Writers,
  actor: Actor,
  type: 'added_to_conversation' | 'removed_from_conversation',
  { user_sid, conversation_sid, chat_service_sid, account_sid }: ParticipantRow,
): Promise<void> {
  if (user_sid === null || (actor.kind === 'user' && actor.user_sid === user_sid)) return
  if (!ctx.push.audience.mayWant(chat_service_sid, type)) return
  if (!(await tx.pushBindings.isAnyOfUser(user_sid))) return
  const by = actor.kind === 'user' ? { by_user_sid: actor.user_sid } : {}
  await tx.jobs.insert(jobOf(ctx, account_sid, { type, conversation_sid, user_sid, ...by }))
}

const jobOf = (ctx: Context, account_sid: string, happening: Parameters<typeof happeningJob>[1]) =>
  happeningJob({ sid: ctx.ids.sid('job'), account_sid, now: ctx.clock.now() }, happening)
