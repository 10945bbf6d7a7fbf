import { ParleyError, type Permission, type WebhookSource } from '@parley/protocol'
import type { ConversationRow } from '../storage/schema.ts'
import type { Seat, SeatPermissions } from '../storage/seats.ts'
import type { Readers } from '../storage/store.ts'

/**
 * Who acts. The account speaks through REST and is bound by no role; a user speaks through an SDK and is bound by two: the role in the service
 * and the role in the conversation (rest-api §4.5). `system` is Parley itself: timers.
 */
export type Actor = AccountActor | UserActor | SystemActor

export interface AccountActor {
  kind: 'account'
  account_sid: string
  /** Whether webhooks are to hear of what it does (webhooks §2). Undefined when the caller says nothing of it: then as it is configured. */
  webhooks: boolean | undefined
}

export interface UserActor {
  kind: 'user'
  account_sid: string
  chat_service_sid: string
  user_sid: string
  identity: string
}

export interface SystemActor {
  kind: 'system'
  /** On whose behalf: its own, or that of a channel. */
  source: Exclude<WebhookSource, 'SDK' | 'API'>
}

/** The name that stands as author or creator when nobody says another. */
export const nameOf = (actor: Actor): string => (actor.kind === 'user' ? actor.identity : 'system')

const parsed = new Map<string, ReadonlySet<Permission>>()
const nothing: ReadonlySet<Permission> = new Set()

/** The permissions in a role's JSON. Roles are few and change seldom, so each text is parsed once. */
export function permissionsIn(json: string | null): ReadonlySet<Permission> {
  if (json === null) return nothing
  let known = parsed.get(json)
  if (!known) {
    if (parsed.size > 1_000) parsed.clear()
    known = new Set(JSON.parse(json) as Permission[])
    parsed.set(json, known)
  }
  return known
}

/** Whether a role allows one of these: the role in the service counts everywhere, the one in the conversation there. */
function allows(seat: SeatPermissions | undefined, ...anyOf: Permission[]): boolean {
  if (!seat) return false
  const inService = permissionsIn(seat.service_permissions)
  const inConversation = permissionsIn(seat.conversation_permissions)
  return anyOf.some((permission) => inService.has(permission) || inConversation.has(permission))
}

/** Refuses a user whose roles allow none of these. Accounts and timers may do everything. */
export function authorise(actor: Actor, seat: SeatPermissions | undefined, ...anyOf: Permission[]): void {
  if (actor.kind !== 'user' || allows(seat, ...anyOf)) return
  throw new ParleyError('not-authorised', { details: { permission: anyOf.join(' or ') } })
}

/** Refuses a user who gives other parameters than these: dates, states and roles are set by the account alone. */
export function assertOnly<P extends object>(actor: Actor, params: P, ...allowed: (keyof P & string)[]): void {
  if (actor.kind !== 'user') return
  const field = Object.keys(params).find((name) => !(allowed as string[]).includes(name))
  if (field !== undefined) throw new ParleyError('not-authorised', { details: { field } })
}

/** Permissions that, held in the service, make a user look after conversations they take no part in. */
const overseeing: Permission[] = [
  'addParticipant',
  'removeParticipant',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'editAnyMessage',
  'editAnyMessageAttributes',
  'deleteAnyMessage',
  'editAnyParticipantAttributes',
]

/** Whether a user's service role lets them into every conversation. */
const oversees = (seat: Seat | undefined): boolean =>
  seat !== undefined && overseeing.some((permission) => permissionsIn(seat.service_permissions).has(permission))

/** Refuses a user who has no business in the conversation, before they learn from other refusals who and what is in it. */
export function assertInside(actor: Actor, seat: Seat | undefined): void {
  if (actor.kind !== 'user' || seat?.participant || seat?.conversation_permissions || oversees(seat)) return
  throw new ParleyError('not-authorised')
}

/** What of a conversation somebody may see. */
export type Sight = 'everything' | 'document' | 'nothing'

/**
 * Participants and overseers see everything. The creator sees the conversation itself also without taking part, which the SDK needs right
 * after creating it (wire-protocol §4.8), but not its messages and participants.
 */
export function sightOf(actor: Actor, conversation: ConversationRow, seat: Seat | undefined): Sight {
  if (actor.kind !== 'user') return 'everything'
  if (conversation.chat_service_sid !== actor.chat_service_sid) return 'nothing'
  if (seat?.participant || oversees(seat)) return 'everything'
  return conversation.created_by === actor.identity ? 'document' : 'nothing'
}

/**
 * The seat of an actor in a conversation. A creator who has not joined yet sits there with the role that joining will give them, so that an
 * app may create, name and fill a conversation before, or without, joining it.
 */
export async function seatOf(
  read: Pick<Readers, 'seats' | 'participants' | 'services' | 'roles'>,
  actor: Actor,
  conversation: ConversationRow,
): Promise<Seat | undefined> {
  if (actor.kind !== 'user') return undefined
  if (conversation.chat_service_sid !== actor.chat_service_sid) return undefined
  const seat = await read.seats.find({ conversation_sid: conversation.sid, seat: { user_sid: actor.user_sid } })
  if (!seat || seat.participant || conversation.created_by !== actor.identity) return seat
  if (await read.participants.wasEverIn(actor.user_sid, conversation.sid)) return seat
  const service = await read.services.find(conversation.chat_service_sid)
  const role = service && (await read.roles.find(service.default_conversation_creator_role_sid))
  return { ...seat, conversation_permissions: role?.permissions ?? null }
}

/** Refuses an account that reaches for what belongs to another, as if it did not exist. */
export function owns(actor: Actor, row: { account_sid: string; chat_service_sid?: string }): boolean {
  if (actor.kind === 'system') return true
  if (row.account_sid !== actor.account_sid) return false
  return actor.kind === 'account' || row.chat_service_sid === undefined || row.chat_service_sid === actor.chat_service_sid
}
