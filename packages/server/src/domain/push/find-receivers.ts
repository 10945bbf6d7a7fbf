import type { PushMessageType } from '@parley/protocol'
import type { JobHandler, JobOutcome } from '../../jobs/runner.ts'
import type { NewJob } from '../../storage/jobs.ts'
import { jobSidOfPush } from '../../storage/pushes.ts'
import type { JobRow, MessageRow, ParticipantRow, PushBindingRow, PushRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { wordsFor } from './compose-notice.ts'
import { notificationsOf } from './configure-notifications.ts'
import { type Delivery, deliveryJobKind, type Happening, happeningJob } from './push-jobs.ts'

/** Participants that are looked at in one go; the others have their turn behind the jobs of others. */
const portion = 500
/** A device that is there needs no push, unless it turns out that it was not there any more: that is known after this time, in milliseconds. */
const holdOnline = 65_000

const done: JobOutcome = { kind: 'done' }

/** Finds out who is to be told of something, and has each of their devices told. Written together with the end of the job: once. */
export function receiverFinder(ctx: Context): JobHandler {
  return {
    attempts: 5,
    backOff: { first: 1_000, most: 60_000, factor: 4 },
    concurrency: 8,
    run: (job) => findReceivers(ctx, job),
  }
}

async function findReceivers(ctx: Context, job: JobRow): Promise<JobOutcome> {
  const happening = JSON.parse(job.payload) as Happening
  const { read } = ctx.store
  const conversation = await read.conversations.find(happening.conversation_sid)
  if (!conversation) return done
  const message = happening.message_sid === undefined ? undefined : await read.messages.find(conversation.sid, happening.message_sid)
  if (happening.type === 'new_message' && (!message || message.removed_at !== null)) return done

  const configuration = await notificationsOf(read, { sid: conversation.chat_service_sid, account_sid: conversation.account_sid })
  if (!wordsFor(configuration, happening.type, message)) return done

  const { devices, next } = await devicesFor(ctx, happening, message)
  const asked = devices.map((device) => pushTo(ctx, device, happening))
  return {
    kind: 'done',
    async record(tx) {
      await tx.pushes.insert(asked.map(({ push }) => push))
      const rest = next === undefined ? [] : [happeningJob(jobNames(ctx, conversation.account_sid), { ...happening, behind: next })]
      await tx.jobs.insert(...asked.map(({ delivery }) => delivery), ...rest)
    },
  }
}

const jobNames = (ctx: Context, account_sid: string) => ({ sid: ctx.ids.sid('job'), account_sid, now: ctx.clock.now() })

/** The devices that want to hear of something, of a portion of those it concerns. */
async function devicesFor(
  ctx: Context,
  { type, conversation_sid, user_sid, behind = '' }: Happening,
  message: MessageRow | undefined,
): Promise<{ devices: PushBindingRow[]; next: string | undefined }> {
  const { read } = ctx.store
  if (user_sid !== undefined) return { devices: (await read.pushBindings.ofUser(user_sid)).filter(wants(type)), next: undefined }
  // The one that was the last is found again.
  const found = await read.participants.rosterFrom(conversation_sid, behind, false, portion + 1)
  const concerned = found.filter((one) => one.sid !== behind)
  const users = concerned.filter((one) => isConcerned(one, message?.author)).map((one) => one.user_sid as string)
  const devices = users.length === 0 ? [] : await read.pushBindings.ofUsers(users)
  return { devices: devices.filter(wants(type)), next: found.length > portion ? found.at(-1)?.sid : undefined }
}

/** Whether a new message is told to a participant: chat users who did not write it, and did not mute the conversation. */
const isConcerned = ({ user_sid, identity, notification_level }: ParticipantRow, author: string | undefined): boolean =>
  user_sid !== null && identity !== author && notification_level !== 'muted'

export const wants =
  (type: PushMessageType) =>
  ({ message_types }: Pick<PushBindingRow, 'message_types'>): boolean =>
    (JSON.parse(message_types) as string[]).includes(type)

/** The line in the log, and the job that has it sent. */
function pushTo(
  ctx: Context,
  device: PushBindingRow,
  { type, conversation_sid, message_sid, by_user_sid }: Happening,
): { push: PushRow; delivery: NewJob } {
  const now = ctx.clock.now()
  const push: PushRow = {
    sid: ctx.ids.sid('push'),
    account_sid: device.account_sid,
    chat_service_sid: device.chat_service_sid,
    conversation_sid,
    message_sid: message_sid ?? null,
    user_sid: device.user_sid,
    identity: device.identity,
    binding_sid: device.sid,
    binding_type: device.binding_type,
    credential_sid: device.credential_sid,
    message_type: type,
    state: 'waiting',
    reason: null,
    attempts: 0,
    provider_status: null,
    provider_answer: null,
    provider_id: null,
    payload: null,
    date_created: now,
    date_updated: now,
  }
  const payload: Delivery = { push_sid: push.sid, ...(by_user_sid === undefined ? {} : { by_user_sid }) }
  const delivery: NewJob = {
    sid: jobSidOfPush(push.sid),
    account_sid: device.account_sid,
    kind: deliveryJobKind,
    // In order for each device, but for those that are held: they are only for devices that turn out to be gone.
    key: isOnline(ctx, device) ? null : device.sid,
    pool: device.binding_type === 'webpush' ? `webpush ${new URL(device.address).host}` : device.binding_type,
    payload: JSON.stringify(payload),
    run_at: isOnline(ctx, device) ? now + holdOnline : now,
    date_created: now,
  }
  return { push, delivery }
}

/** Whether a device is connected at this moment, as far as its node has said. */
export const isOnline = (ctx: Pick<Context, 'push'>, { online_until }: Pick<PushBindingRow, 'online_until'>): boolean =>
  online_until !== null && online_until > ctx.push.pacing.now()
