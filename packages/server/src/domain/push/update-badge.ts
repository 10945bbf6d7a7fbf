import type { JobHandler, JobOutcome } from '../../jobs/runner.ts'
import type { ConversationRow, JobRow, ParticipantRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { notificationsOf } from './configure-notifications.ts'
import { meansFor, mostUnread, targetOf } from './deliver-push.ts'

/** The number on the icon of an app has become smaller. */
export const badgeJobKind = 'push-badge'

interface Badge {
  user_sid: string
}

const done: JobOutcome = { kind: 'done' }

/** Has the iPhones of a user told, after the commit, that they have read what was unread. It costs no look where nobody is pushed to. */
export async function askForBadge(
  ctx: Context,
  tx: Writers,
  conversation: ConversationRow,
  before: ParticipantRow,
  { user_sid, last_read_message_index: read }: ParticipantRow,
): Promise<void> {
  const readBefore = before.last_read_message_index ?? -1
  if (user_sid === null || (read ?? -1) <= readBefore || readBefore >= (conversation.last_message_index ?? -1)) return
  if (!ctx.push.audience.mayWant(conversation.chat_service_sid, 'new_message')) return
  if (!(await tx.pushBindings.isAnyOfUser(user_sid))) return
  const badge: Badge = { user_sid }
  const now = ctx.clock.now()
  const names = { sid: ctx.ids.sid('job'), account_sid: conversation.account_sid, kind: badgeJobKind, key: user_sid }
  await tx.jobs.insert({ ...names, payload: JSON.stringify(badge), run_at: now, date_created: now })
}

/**
 * Tells all iPhones of a user the number of their conversations with unread messages (channels §8.1). It is the number at that moment: late or twice it
 * does no harm, and stands in no log.
 */
export const badgeUpdater = (ctx: Context): JobHandler => ({
  attempts: 5,
  backOff: { first: 2_000, most: 60_000, factor: 3 },
  concurrency: 8,
  run: (job) => updateBadge(ctx, job),
})

async function updateBadge(ctx: Context, job: JobRow): Promise<JobOutcome> {
  const { user_sid } = JSON.parse(job.payload) as Badge
  const { read } = ctx.store
  const devices = (await read.pushBindings.ofUser(user_sid)).filter(({ binding_type }) => binding_type === 'apn')
  const [first] = devices
  if (!first) return done
  const configuration = await notificationsOf(read, { sid: first.chat_service_sid, account_sid: first.account_sid })
  if (configuration.new_message_badge_count_enabled !== 1) return done
  const badge = await read.lists.countUnread(user_sid, mostUnread)
  let busy: string | undefined
  for (const device of devices) {
    const means = await meansFor(ctx, device)
    if ('reason' in means) continue
    // The last number replaces those that a device has not got yet.
    const outcome = await ctx.push.sender.sendBadge(targetOf(ctx, device, means, device.sid), badge)
    if (outcome.kind === 'later') busy = outcome.answer ?? `The provider answered ${outcome.status}`
  }
  return busy === undefined ? done : { kind: 'retry', error: busy }
}
