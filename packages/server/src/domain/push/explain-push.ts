import { ParleyError, type PushReason } from '@parley/protocol'
import type { MessageRow, PushBindingRow, PushRow, ServiceRow, UserRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { wordsFor } from './compose-notice.ts'
import { notificationsOf } from './configure-notifications.ts'
import { meansFor } from './deliver-push.ts'
import { isOnline, wants } from './find-receivers.ts'

/** Something that stands in the way of a push. */
export interface Obstacle {
  reason: PushReason
  explanation: string
}

/** Why somebody is pushed to, or is not. */
export interface PushExplanation {
  /** What stands in the way of every device. */
  obstacles: Obstacle[]
  bindings: { binding: PushBindingRow; obstacles: Obstacle[] }[]
  /** What the log has about it, the latest first. */
  pushes: PushRow[]
}

/** Lines of the log that are shown with an explanation. */
const shown = 50

const obstacle = (reason: PushReason, explanation: string): Obstacle => ({ reason, explanation })

/**
 * Looks into what would become of a push to somebody, now: of a message, or of any. It asks what is asked when pushes are sent, and tells every
 * obstacle, not only the first.
 * @throws 20404 for a message or a user that the service does not have
 */
export async function explainPush(
  ctx: Context,
  service: ServiceRow,
  { identity, message_sid }: { identity: string; message_sid?: string | undefined },
): Promise<PushExplanation> {
  const { read } = ctx.store
  const user = await read.users.findByIdentity(service.sid, identity)
  if (!user) throw new ParleyError('user-not-found')
  const message = message_sid === undefined ? undefined : await read.messages.findAnywhere(message_sid)
  if (message_sid !== undefined && (message?.chat_service_sid !== service.sid || message.removed_at !== null))
    throw new ParleyError('message-not-found')

  const bindings = await read.pushBindings.ofUser(user.sid)
  const { rows: pushes } = await read.pushes.page(service.sid, { identity, message_sid }, { limit: shown })
  return {
    obstacles: [
      ...(await ofService(ctx, service, message)),
      ...(message ? await ofMessage(ctx, user, message) : []),
      ...(bindings.length === 0 ? [obstacle('no-binding', `${identity} has registered no device`)] : []),
    ],
    bindings: await Promise.all(bindings.map(async (binding) => ({ binding, obstacles: await ofBinding(ctx, binding) }))),
    pushes,
  }
}

async function ofService(ctx: Context, service: ServiceRow, message: MessageRow | undefined): Promise<Obstacle[]> {
  const configuration = await notificationsOf(ctx.store.read, service)
  if (wordsFor(configuration, 'new_message', message)) return []
  const setting = message?.media ? 'NewMessage.WithMedia.Enabled' : 'NewMessage.Enabled'
  return [obstacle('type-disabled', `${setting} is false in the service's notification configuration`)]
}

async function ofMessage(ctx: Context, user: UserRow, { author, conversation_sid, position }: MessageRow): Promise<Obstacle[]> {
  if (author === user.identity) return [obstacle('author', 'Nobody is told of their own message')]
  const membership = await ctx.store.read.participants.findMembership(user.sid, conversation_sid)
  if (!membership) return [obstacle('not-a-participant', `${user.identity} takes no part in ${conversation_sid}`)]
  const { notification_level, last_read_message_index: read } = membership.participant
  const found: Obstacle[] = []
  if (notification_level === 'muted') found.push(obstacle('muted', `${user.identity} has muted ${conversation_sid}`))
  if (read !== null && read >= position) found.push(obstacle('read', `${user.identity} has read up to message ${read}`))
  return found
}

async function ofBinding(ctx: Context, binding: PushBindingRow): Promise<Obstacle[]> {
  const found: Obstacle[] = []
  if (!wants('new_message')(binding)) found.push(obstacle('type-not-wanted', 'The device was registered without new_message'))
  const means = await meansFor(ctx, binding)
  if ('reason' in means) found.push(obstacle(means.reason, means.explanation))
  else if (means.credential?.refusal)
    found.push(obstacle('credential-refused', `The provider refuses the credential ${means.credential.sid}: ${means.credential.refusal}`))
  if (isOnline(ctx, binding))
    found.push(obstacle('online', 'The device is connected, and is told over its connection; a push follows if that turns out to be dead'))
  return found
}
