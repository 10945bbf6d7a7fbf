import { limitExceeded, ParleyError } from '@parley/protocol'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'

/**
 * Groups that write by MMS (rest-api §4.2): people are in them with an address alone, and our side with the projected addresses that stand for chat
 * users. The numbers of all of them together name the group, so there is one open group of the same numbers.
 */
type Reached = Pick<ParticipantRow, 'type' | 'address' | 'proxy_address' | 'projected_address'>

const isPair = ({ type, address, proxy_address }: Reached) => type === 'sms' && address !== null && proxy_address !== null

/** The number by which somebody is in a group, or null. */
const numberOf = ({ type, address, proxy_address, projected_address }: Reached): string | null =>
  type !== 'sms' ? null : (projected_address ?? (proxy_address === null ? address : null))

/** The name of a group: null unless both sides are there. */
function groupOf(members: readonly Reached[]): string | null {
  const numbered = members.filter((member) => numberOf(member) !== null)
  const complete = numbered.some(({ projected_address }) => projected_address !== null) && numbered.some(({ address }) => address !== null)
  return complete ? [...new Set(numbered.map(numberOf))].sort().join(' ') : null
}

/** Refuses numbers that another open group has, and names that conversation: callers parse it from the text. */
async function assertGroupFree(tx: Writers, { sid, account_sid }: Pick<ConversationRow, 'sid' | 'account_sid'>, group: string) {
  const holder = await tx.conversations.findGroup(account_sid, group)
  if (holder && holder.sid !== sid)
    throw new ParleyError('group-exists', {
      text: `Group MMS with given participant list already exists as Conversation ${holder.sid}`,
      details: { conversation_sid: holder.sid },
    })
}

/** Refuses people who would make a group that there is already. */
export async function assertNewGroup(
  tx: Writers,
  conversation: Pick<ConversationRow, 'sid' | 'account_sid'>,
  members: readonly Reached[],
): Promise<void> {
  const group = groupOf(members)
  if (group !== null) await assertGroupFree(tx, conversation, group)
}

/**
 * The locked conversation with one more member, whose numbers name its group from now on.
 *
 * @throws 50436, 50438, and 50412 or 50453 for who would write in another way than the others
 */
export async function joinGroup(ctx: Context, tx: Writers, conversation: ConversationRow, member: Reached): Promise<ConversationRow> {
  const number = numberOf(member)
  if (number === null && !isPair(member)) return conversation
  const others = await tx.participants.reached(conversation.sid)
  if (isPair(member) && conversation.group_addresses !== null)
    throw new ParleyError('proxy-address-unsupported', { details: { field: 'messaging_binding.proxy_address' } })
  if (number === null) return conversation
  if (member.address !== null && others.some(isPair))
    throw new ParleyError('proxy-address-empty', { details: { field: 'messaging_binding.proxy_address' } })
  const most = ctx.limits.groupParticipants
  if (others.filter((other) => numberOf(other) !== null).length >= most)
    throw limitExceeded('group-participants-exceeded', 'groupParticipants', most)
  const group = groupOf([...others, member])
  if (group !== null) await assertGroupFree(tx, conversation, group)
  return named(tx, conversation, group)
}

/** The locked conversation after a member has left, or has another number now. What is left may be what another group is: then it has no name. */
export async function regroup(tx: Writers, conversation: ConversationRow): Promise<ConversationRow> {
  const group = groupOf(await tx.participants.reached(conversation.sid))
  const holder = group === null ? undefined : await tx.conversations.findGroup(conversation.account_sid, group)
  return named(tx, conversation, holder && holder.sid !== conversation.sid ? `${group} ${conversation.sid}` : group)
}

async function named(tx: Writers, conversation: ConversationRow, group_addresses: string | null): Promise<ConversationRow> {
  if (group_addresses === conversation.group_addresses) return conversation
  await tx.conversations.saveGroup({ sid: conversation.sid, group_addresses })
  return { ...conversation, group_addresses }
}
