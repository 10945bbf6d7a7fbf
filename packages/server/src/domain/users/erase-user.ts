import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { Cursor, Page } from '../../storage/paging.ts'
import type { Voice } from '../../storage/personal-data.ts'
import type { ConversationRow, ErasureRow, WebhookDeliveryRow } from '../../storage/schema.ts'
import type { Readers, Writers } from '../../storage/store.ts'
import { instantOfDelivery } from '../../storage/webhook-deliveries.ts'
import type { Context } from '../context.ts'
import { assembling, withoutIdentity } from '../conversations/create-with-participants.ts'
import { deliveryJobKind, happeningJobKind } from '../push/push-jobs.ts'
import { badgeJobKind, removingUnread } from '../push/update-badge.ts'
import { getUser } from './find-user.ts'
import { leaveSome } from './remove-user.ts'

type Timed = Pick<Context, 'clock'>
type Stored = Pick<Context, 'store' | 'clock'>
type Erasing = Parameters<typeof removingUnread>[0]

/** The erasure of a user by their SID, or, while it goes on, by identity; `undefined` when there is none. */
async function findErasure(read: Pick<Readers, 'erasures'>, chat_service_sid: string, address: string): Promise<ErasureRow | undefined> {
  if (!isSid('user', address)) return read.erasures.findRunning(chat_service_sid, address)
  const erasure = await read.erasures.find(canonicalSid(address))
  return erasure?.chat_service_sid === chat_service_sid ? erasure : undefined
}

/** How far an erasure is. @throws 50200 when nobody asked for it */
export async function getErasure(ctx: Context, chat_service_sid: string, address: string): Promise<ErasureRow> {
  const erasure = await findErasure(ctx.store.read, chat_service_sid, address)
  if (!erasure) throw new ParleyError('user-not-found')
  return erasure
}

/**
 * Asks for a user to be erased. From here on it goes on by itself, whatever happens to this process, and cannot be taken back. Asked again, it is
 * the same erasure. @throws 50200 when there is no such user
 */
export async function requestErasure(ctx: Stored, chat_service_sid: string, address: string): Promise<ErasureRow> {
  const known = await findErasure(ctx.store.read, chat_service_sid, address)
  if (known) return known
  const { sid } = await getUser(ctx.store.read, chat_service_sid, address)
  return ctx.store.write(async (tx) => {
    const user = await tx.users.lock(sid)
    const requested = await tx.erasures.find(sid)
    if (requested) return requested
    if (!user) throw new ParleyError('user-not-found')
    const now = ctx.clock.now()
    const erasure: ErasureRow = {
      sid,
      account_sid: user.account_sid,
      chat_service_sid,
      identity: user.identity,
      conversation_sid: null,
      position: 0,
      event_id: 0,
      conversations_left: 0,
      messages_erased: 0,
      media_erased: 0,
      date_created: now,
      date_updated: now,
      date_completed: null,
    }
    await tx.erasures.insert(erasure)
    return erasure
  })
}

/** Rows that are erased in one transaction, and rows that are looked at for them: others wait no longer than that. */
const portion = 50
const lookedAt = 2_000
/** Between two portions, in milliseconds: the database belongs to others most of the time. */
const pauseMilliseconds = 10

type Running = ErasureRow & { identity: string }
/** Goes on with one thing. @returns how far the erasure is then; `undefined` when nothing of that is left */
type Step = (ctx: Erasing, tx: Writers, erasure: Running) => Promise<Partial<ErasureRow> | undefined>

/** First the user is nobody any more, so that nothing new comes; then what there is of them goes. Each is repeated until nothing is left. */
const steps: Step[] = [
  leave,
  forgetConversation,
  forgetNamesakes,
  forgetCreator,
  forgetUploads,
  forgetPushes,
  forgetAssemblies,
  forgetDeliveries,
]

/**
 * Goes on with the oldest erasure by a portion. All that it needs to know stands in the database, and each portion is one transaction: killed
 * anywhere, it goes on there. Several nodes may do it at once. @returns whether there may be more to do
 */
export async function eraseSome(ctx: Stored & Erasing): Promise<boolean> {
  if (!(await ctx.store.read.erasures.oldest())) return false
  const worked = await ctx.store.write(async (tx) => {
    const erasure = (await tx.erasures.claim()) as Running | undefined
    if (!erasure) return false
    const date_updated = ctx.clock.now()
    for (const step of steps) {
      const further = await step(ctx, tx, erasure)
      if (!further) continue
      await tx.erasures.save({ ...erasure, ...further, date_updated })
      return true
    }
    await tx.erasures.save({ ...erasure, identity: null, date_updated, date_completed: date_updated })
    return true
  })
  await new Promise<void>((resolve) => ctx.clock.after(pauseMilliseconds, resolve))
  return worked
}

/** They leave their conversations and, with the last of them, are gone: whoever watches the user hears that name and attributes are no more. */
async function leave(ctx: Timed, tx: Writers, { sid, conversations_left }: Running): ReturnType<Step> {
  const left = await leaveSome(ctx, tx, sid, portion)
  const further = { conversations_left: conversations_left + left }
  if (left === portion) return further
  const user = await tx.users.lock(sid)
  if (!user) return undefined
  // Somebody may have added them until a moment ago; from here on nobody can.
  const { rows } = await tx.participants.pageOfUser(sid, { limit: 1 })
  if (rows.length === 0) {
    await tx.pushBindings.removeOfUser(sid)
    await tx.users.remove(await tx.users.save({ ...user, friendly_name: null, attributes: '{}' }, ['friendlyName', 'attributes']))
  }
  return further
}

const elsewhere = { conversation_sid: null, position: 0, event_id: 0 }

/** In a conversation that they have been in: their messages, then what removed messages say of them, then that it was they who were there. */
async function forgetConversation(ctx: Erasing, tx: Writers, erasure: Running): ReturnType<Step> {
  const { sid: user_sid, identity, position, event_id, messages_erased } = erasure
  const conversation_sid = erasure.conversation_sid ?? (await tx.personalData.conversationsOf(user_sid, '', 1))[0]
  if (conversation_sid === undefined) return undefined
  const conversation = await tx.conversations.lock(conversation_sid)
  const seats = await tx.personalData.seats(user_sid, conversation_sid)
  const voice: Voice = { conversation_sid, identity, participant_sids: seats.map(({ sid }) => sid) }
  if (conversation && position < conversation.next_index) {
    const { erased, next } = await eraseMessages(ctx, tx, conversation, voice, position)
    return { conversation_sid, position: next, messages_erased: messages_erased + erased }
  }
  const changed = await tx.personalData.nextChange(conversation_sid, event_id)
  if (conversation && changed !== undefined) {
    const range = { from: changed, to: changed + lookedAt }
    await tx.personalData.forgetTombstones(voice, range)
    return { conversation_sid, event_id: range.to }
  }
  await tx.personalData.forgetSeats(user_sid, conversation_sid)
  return elsewhere
}

/** Removes messages of somebody, from an index on. @returns how many, and the index to go on from */
async function eraseMessages(ctx: Erasing, tx: Writers, conversation: ConversationRow, voice: Voice, from: number) {
  const range = { from, to: from + lookedAt }
  const messages = await tx.personalData.written(voice, range, portion)
  const last = messages.length === portion ? messages.at(-1) : undefined
  const next = last ? last.position + 1 : range.to
  let current = await removingUnread(ctx, tx, conversation, next, async () => {
    let removed = conversation
    for (const message of messages) removed = await eraseMessage(ctx, tx, removed, message)
    return removed
  })
  for (const message of await tx.personalData.edited(voice, { from, to: next })) {
    const { event_id } = await tx.messages.save(current, { ...message, last_updated_by: null })
    current = { ...current, messages_event_id: event_id }
  }
  if (current.last_message_index !== conversation.last_message_index) await tx.conversations.saveDocument(current)
  return { erased: messages.length, next }
}

type Message = Parameters<Writers['messages']['remove']>[1]

/** Removes a message; its tombstone has its index, and says nothing of anybody. */
async function eraseMessage(ctx: Timed, tx: Writers, conversation: ConversationRow, message: Message): Promise<ConversationRow> {
  await tx.personalData.forgetPushesOf(message.sid)
  return tx.messages.remove(conversation, { ...message, author: '', participant_sid: null, last_updated_by: null }, ctx.clock.now())
}

/** What was sent in their name where they took no part. */
async function forgetNamesakes(ctx: Erasing, tx: Writers, { chat_service_sid, identity, messages_erased }: Running): ReturnType<Step> {
  const found = await tx.personalData.writtenInName(chat_service_sid, identity, '', portion)
  const [first] = found
  if (!first) return undefined
  const conversation = await tx.conversations.lock(first.conversation_sid)
  let current = conversation
  let erased = 0
  for (const message of found.filter(({ conversation_sid }) => conversation_sid === first.conversation_sid)) {
    if (current && message.removed_at === null) {
      current = await eraseMessage(ctx, tx, current, message)
      erased++
    } else await tx.personalData.forgetAuthor(message.sid)
  }
  if (current && current.last_message_index !== conversation?.last_message_index) await tx.conversations.saveDocument(current)
  return { messages_erased: messages_erased + erased }
}

/** Conversations that they have made say so no more. */
async function forgetCreator(_: Timed, tx: Writers, { chat_service_sid, identity }: Running): ReturnType<Step> {
  const created = await tx.personalData.created(chat_service_sid, identity, portion)
  for (const { sid } of created) {
    const conversation = await tx.conversations.lock(sid)
    if (conversation) await tx.conversations.saveDocument({ ...conversation, created_by: null })
  }
  return created.length === 0 ? undefined : {}
}

/** Their files are closed at once; the bytes are removed by and by (collect-media.ts). */
async function forgetUploads(ctx: Timed, tx: Writers, { sid, media_erased }: Running): ReturnType<Step> {
  const forgotten = await tx.personalData.forgetUploads(sid, ctx.clock.now(), portion)
  return forgotten === 0 ? undefined : { media_erased: media_erased + forgotten }
}

const pushJobKinds = [happeningJobKind, deliveryJobKind, badgeJobKind]

/** What was pushed to them, and how far it came; and jobs of pushes that name them and were given up. */
async function forgetPushes(_: Timed, tx: Writers, { sid, account_sid, chat_service_sid, identity }: Running): ReturnType<Step> {
  if ((await tx.personalData.forgetPushes(chat_service_sid, identity, portion)) > 0) return {}
  if ((await tx.personalData.forgetDeadJobs(account_sid, pushJobKinds, sid, portion)) > 0) return {}
  return (await tx.personalData.forgetPushesBy(chat_service_sid, identity, lookedAt)) === 0 ? undefined : {}
}

/** Conversations that were to be filled with them, and could not be: made again, they are filled with the others. */
async function forgetAssemblies(_: Timed, tx: Writers, { account_sid, chat_service_sid, identity }: Running): ReturnType<Step> {
  const found = await tx.personalData.deadAssemblies({ account_sid, chat_service_sid, kind: assembling, identity, limit: portion })
  for (const job of found) await tx.personalData.rewriteJob(job, withoutIdentity(job.payload, identity))
  return found.length === 0 ? undefined : {}
}

/** Rows of the log of webhooks that are looked at in one transaction: each has all that its receiver was told. */
const deliveriesLookedAt = 500

/**
 * Webhooks that told of them, and those that still would. How far it is in the log is an instant, and `position` keeps it; of one instant all are
 * looked at together.
 */
async function forgetDeliveries(_: Timed, tx: Writers, { sid, chat_service_sid, identity, position }: Running): ReturnType<Step> {
  let cursor: Cursor | null = null
  let reached = position
  do {
    const request = { limit: deliveriesLookedAt, ...(cursor ? { cursor } : {}) }
    const { rows, next }: Page<WebhookDeliveryRow> = await tx.deliveries.oldest({ chat_service_sid, start_date: position }, request)
    await tx.deliveries.remove(rows.filter((row) => tellsOf(row, [sid, identity])).map((row) => row.sid))
    cursor = next
    reached = instantOfDelivery(rows.at(-1)?.sid ?? '') || reached
  } while (cursor && reached === position)
  return cursor ? { position: reached } : undefined
}

/** Whether a webhook says who somebody is: as the author, as a participant, as the one who acted. */
function tellsOf({ parameters }: Pick<WebhookDeliveryRow, 'parameters'>, names: readonly string[]): boolean {
  return (JSON.parse(parameters) as [name: string, value: string][]).some(([, value]) => names.includes(value))
}
