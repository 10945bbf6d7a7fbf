import type { PushReason } from '@parley/protocol'
import type { JobHandler, JobOutcome } from '../../jobs/runner.ts'
import type { JobRow, MessageRow, PushBindingRow, PushCredentialRow, PushRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { removeLocked } from './change-bindings.ts'
import { checkCredential } from './check-credential.ts'
import { composeNotice, type Subject, wordsFor } from './compose-notice.ts'
import { notificationsOf } from './configure-notifications.ts'
import { isOnline } from './find-receivers.ts'
import type { Delivery } from './push-jobs.ts'
import type { Notice, PushOutcome, PushTarget } from './push-sender.ts'

/** News is news for so long, in milliseconds; what could not be sent by then is not sent. */
const validity = 3_600_000
/** Conversations that are counted for the number on an app's icon. */
export const mostUnread = 999

/** Has one device told by its provider, which takes its time, or refuses. */
export function pushDeliverer(ctx: Context, concurrency: number): JobHandler {
  return {
    attempts: 10,
    backOff: { first: 2_000, most: 600_000, factor: 3 },
    concurrency,
    run: (job) => deliver(ctx, job),
  }
}

const done: JobOutcome = { kind: 'done' }

async function deliver(ctx: Context, job: JobRow): Promise<JobOutcome> {
  const { push_sid, by_user_sid } = JSON.parse(job.payload) as Delivery
  const push = await ctx.store.read.pushes.find(push_sid)
  if (!push || push.state === 'sent') return done
  const skip = (reason: PushReason): JobOutcome => ({ kind: 'done', record: (tx) => note(ctx, tx, push, { state: 'skipped', reason }) })

  if (ctx.clock.now() - push.date_created > validity) return skip('expired')
  const binding = await ctx.store.read.pushBindings.find(push.binding_sid)
  if (binding?.user_sid !== push.user_sid) return skip('gone')
  if (isOnline(ctx, binding)) return skip('online')
  const composed = await compose(ctx, push, by_user_sid)
  if ('outdated' in composed) return skip(composed.outdated)

  const means = await meansFor(ctx, binding)
  if ('reason' in means) {
    const failed = { state: 'failed', reason: means.reason, provider_answer: means.explanation } as const
    return { kind: 'done', record: (tx) => note(ctx, tx, push, failed) }
  }
  const outcome = await ctx.push.sender.send(targetOf(ctx, binding, means, push.sid), composed.notice)
  return settled(ctx, push, binding, means.credential, composed.kept ? outcome : { ...outcome, payload: null })
}

/** What a push says now, and whether that is kept in the log; or what has happened meanwhile that makes it pointless. */
async function compose(
  ctx: Context,
  { conversation_sid, message_sid, message_type: type, user_sid, account_sid, chat_service_sid: sid }: PushRow,
  by_user_sid: string | undefined,
): Promise<{ notice: Notice; kept: boolean } | { outdated: PushReason }> {
  const { read } = ctx.store
  const conversation = conversation_sid === null ? undefined : await read.conversations.find(conversation_sid)
  if (!conversation) return { outdated: 'removed' }
  const message = message_sid === null ? undefined : await read.messages.find(conversation.sid, message_sid)
  if (type === 'new_message') {
    if (!message || message.removed_at !== null) return { outdated: 'removed' }
    const outdated = await whyOutdated(ctx, user_sid, message)
    if (outdated) return { outdated }
  }
  const configuration = await notificationsOf(read, { sid, account_sid })
  const words = wordsFor(configuration, type, message)
  if (!words) return { outdated: 'type-disabled' }
  const subject = { type, conversation, message, ...(await actorOf(ctx, sid, message, by_user_sid)) }
  const badge = message && configuration.new_message_badge_count_enabled === 1 ? await read.lists.countUnread(user_sid, mostUnread) : null
  return { notice: { ...composeNotice(subject, words), badge }, kept: configuration.log_enabled === 1 }
}

/** Who did what a push tells: the author of the message, or who added or removed somebody. Who is gone meanwhile is named no more. */
async function actorOf(
  { store: { read } }: Context,
  chat_service_sid: string,
  message: MessageRow | undefined,
  user_sid: string | undefined,
): Promise<Pick<Subject, 'by' | 'byUser'>> {
  if (message) return { by: message.author, byUser: await read.users.findByIdentity(chat_service_sid, message.author) }
  const byUser = user_sid === undefined ? undefined : await read.users.find(user_sid)
  return { by: byUser?.identity ?? 'system', byUser }
}

/** Why a message need not be told to somebody any more. */
async function whyOutdated(ctx: Context, user_sid: string, { conversation_sid, position }: MessageRow): Promise<PushReason | undefined> {
  const membership = await ctx.store.read.participants.findMembership(user_sid, conversation_sid)
  if (!membership) return 'not-a-participant'
  const { notification_level, last_read_message_index: read } = membership.participant
  if (notification_level === 'muted') return 'muted'
  return read !== null && read >= position ? 'read' : undefined
}

/** With what a device is reached. */
export type Means = { access: PushTarget['access']; credential: PushCredentialRow | undefined }

/** What a device is reached with, or why it cannot be. */
export async function meansFor(ctx: Context, binding: PushBindingRow): Promise<Means | { reason: PushReason; explanation: string }> {
  if (binding.binding_type === 'webpush') return { access: undefined, credential: undefined }
  const credential = await credentialFor(ctx, binding)
  if ('explanation' in credential) return { reason: 'no-credential', ...credential }
  const { access, problem } = checkCredential(ctx, credential)
  return access ? { access, credential } : { reason: 'credential-incomplete', explanation: `The credential ${credential.sid}: ${problem}` }
}

const fits = ({ type }: PushCredentialRow, { binding_type }: PushBindingRow) => (type === 'apn') === (binding_type === 'apn')

/** The credential that the token named when the device registered; without a name, the account's one credential for such devices. */
async function credentialFor(ctx: Context, binding: PushBindingRow): Promise<PushCredentialRow | { explanation: string }> {
  const { read } = ctx.store
  if (binding.credential_sid !== null) {
    const named = await read.pushCredentials.find(binding.credential_sid)
    if (!named) return { explanation: `The credential ${binding.credential_sid}, which the token named, was deleted` }
    return fits(named, binding) ? named : { explanation: `The credential ${named.sid}, which the token named, is for ${named.type}` }
  }
  const fitting = (await read.pushCredentials.some(binding.account_sid)).filter((one) => fits(one, binding))
  const [only, ...others] = fitting
  if (!only) return { explanation: `The account has no credential for ${binding.binding_type}, and the token named none` }
  if (others.length > 0)
    return {
      explanation: `The account has several credentials for ${binding.binding_type}, and the token named none (push_credential_sid)`,
    }
  return only
}

/** How long providers try to reach a device, in seconds. */
const lifetime = validity / 1_000

export function targetOf(ctx: Context, binding: PushBindingRow, { access }: Means, topic_sid: string): PushTarget {
  return {
    binding_type: binding.binding_type,
    address: binding.address,
    access,
    keys: binding.keys === null ? undefined : (JSON.parse(ctx.vault.open(binding.keys)) as { p256dh: string; auth: string }),
    // The same in every attempt, so a device is not told twice; browsers take no more than 32 characters.
    topic: topic_sid.slice(2, 34),
    lifetime,
  }
}

/** What follows from a provider's answer. */
function settled(
  ctx: Context,
  push: PushRow,
  binding: PushBindingRow,
  credential: PushCredentialRow | undefined,
  outcome: PushOutcome,
): JobOutcome {
  const { kind, status: provider_status, answer: provider_answer, id: provider_id, payload } = outcome
  const heard = {
    provider_status,
    provider_answer,
    provider_id,
    payload,
    credential_sid: credential?.sid ?? null,
    attempts: push.attempts + 1,
  }
  if (kind === 'later')
    return {
      kind: 'retry',
      error: provider_answer ?? `The provider answered ${provider_status}`,
      ...(outcome.after === undefined ? {} : { after: outcome.after }),
      record: (tx, { state }) =>
        note(ctx, tx, push, state === 'dead' ? { ...heard, state: 'failed', reason: 'provider-unavailable' } : heard),
    }
  return {
    kind: 'done',
    async record(tx) {
      await note(ctx, tx, push, {
        ...heard,
        ...(kind === 'sent' ? { state: 'sent', reason: null } : { state: 'failed', reason: outcome.reason }),
      })
      if (kind === 'gone') await removeLocked(tx, binding.sid, binding.user_sid, (now) => now.address === binding.address)
      if (credential) await noteCredential(ctx, tx, credential, outcome)
    },
  }
}

const note = (ctx: Context, tx: Writers, push: PushRow, learned: Partial<PushRow>): Promise<void> =>
  tx.pushes.save({ ...push, ...learned, date_updated: ctx.clock.now() })

/** Writes down that a credential is refused, and says so to the operator; or that it is taken again. */
export async function noteCredential(ctx: Context, tx: Writers, credential: PushCredentialRow, outcome: PushOutcome): Promise<void> {
  const refused = outcome.kind === 'refused' && outcome.alarm === true
  if (refused) {
    const refusal = outcome.answer ?? `The provider answered ${outcome.status}`
    ctx.log.error(
      { credential_sid: credential.sid, status: outcome.status, answer: outcome.answer },
      'A provider of pushes refuses a credential',
    )
    await tx.pushCredentials.noteRefusal({ sid: credential.sid, refusal, refused_at: ctx.clock.now() })
  } else if (outcome.kind === 'sent' && credential.refused_at !== null)
    await tx.pushCredentials.noteRefusal({ sid: credential.sid, refusal: null, refused_at: null })
}
