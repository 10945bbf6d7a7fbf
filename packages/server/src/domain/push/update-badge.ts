import type { JobHandler, JobOutcome } from '../../jobs/runner.ts'
import type { NewJob } from '../../storage/jobs.ts'
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

/** What it takes to ask for it. */
type Asking = Pick<Context, 'clock' | 'ids'> & { push: Pick<Context['push'], 'audience'> }

/** Has the iPhones of a user told, after the commit, that they have read what was unread. It costs no look where nothing is counted. */
export async function askForBadgeOfReader(
  ctx: Asking,
  tx: Writers,
  conversation: ConversationRow,
  before: ParticipantRow,
  { user_sid, last_read_message_index: read }: ParticipantRow,
): Promise<void> {
  if ((read ?? -1) > (before.last_read_message_index ?? -1)) await askForBadge(ctx, tx, conversation, before, user_sid)
}

/** As `askForBadgeOfReader`, of a user who has left a conversation with what they had not read. */
export async function askForBadgeOfLeaver(ctx: Asking, tx: Writers, conversation: ConversationRow, leaver: ParticipantRow): Promise<void> {
  await askForBadge(ctx, tx, conversation, leaver, leaver.user_sid)
}

async function askForBadge(
  ctx: Asking,
  tx: Writers,
  conversation: ConversationRow,
  { last_read_message_index: read }: ParticipantRow,
  user_sid: string | null,
): Promise<void> {
  if (user_sid === null || (read ?? -1) >= (conversation.last_message_index ?? -1)) return
  if (!ctx.push.audience.mayCountUnread(conversation.chat_service_sid)) return
  if (await tx.pushBindings.isAnyOfUser(user_sid)) await enqueue(ctx, tx, conversation, [user_sid])
}

/**
 * Removes messages, or all of a conversation, and has the iPhones of those told, after the commit, for whom nothing in it is unread any more.
 * @param to messages below this index are removed
 */
export async function removingUnread<T>(
  ctx: Asking,
  tx: Writers,
  conversation: ConversationRow,
  to: number,
  remove: () => Promise<T>,
): Promise<T> {
  if (!ctx.push.audience.mayCountUnread(conversation.chat_service_sid)) return remove()
  const before = await tx.pushBindings.unreadOnPhones(conversation.sid, to)
  const removed = await remove()
  const after = before.length === 0 ? [] : await tx.pushBindings.unreadOnPhones(conversation.sid, to)
  const relieved = before.filter((user_sid) => !after.includes(user_sid))
  await enqueue(ctx, tx, conversation, relieved)
  return removed
}

async function enqueue(ctx: Asking, tx: Writers, { account_sid }: ConversationRow, user_sids: readonly string[]): Promise<void> {
  const now = ctx.clock.now()
  const jobs = user_sids.map((user_sid): NewJob => {
    const badge: Badge = { user_sid }
    const payload = JSON.stringify(badge)
    return { sid: ctx.ids.sid('job'), account_sid, kind: badgeJobKind, key: user_sid, payload, run_at: now, date_created: now }
  })
  if (jobs.length > 0) await tx.jobs.insert(...jobs)
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
