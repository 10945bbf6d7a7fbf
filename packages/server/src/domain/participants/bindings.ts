import { type AddParticipant, type ChannelType, channelOfAddress, ParleyError, type UpdateParticipant } from '@parley/protocol'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'

/** How a participant is reached: nothing but the type for chat users, else the addresses of both sides. */
export type Binding = Pick<
  ParticipantRow,
  'type' | 'address' | 'proxy_address' | 'projected_address' | 'binding_name' | 'binding_level' | 'bound'
>

const chat: Binding = {
  type: 'chat',
  address: null,
  proxy_address: null,
  projected_address: null,
  binding_name: null,
  binding_level: null,
  bound: 0,
}

const at = (field: string) => ({ details: { field: `messaging_binding.${field}` } })

/**
 * Reads the binding of a new participant (rest-api §3.5): an identity alone is chat; an address faces a proxy address of the same channel; in
 * a group, people have only an address and our side a projected address.
 */
export function readBinding(ctx: Context, params: AddParticipant): Binding {
  const { address, proxy_address, projected_address, name = null, level = null } = params.messaging_binding ?? {}
  if (params.identity !== undefined && (address !== undefined || proxy_address !== undefined))
    throw new ParleyError('identity-with-address')

  if (address === undefined) {
    if (proxy_address !== undefined) throw new ParleyError('address-empty', at('address'))
    if (name !== null || level !== null) throw new ParleyError('binding-parameter-unsupported')
    if (projected_address !== undefined) return projected(ctx, projected_address)
    if (params.identity === undefined) throw new ParleyError('identity-missing', { details: { field: 'identity' } })
    return chat
  }

  if (address === '') throw new ParleyError('address-empty', at('address'))
  const type = channelOf(address, 'address-invalid', 'address')
  if ((name !== null || level !== null) && type !== 'email') throw new ParleyError('binding-parameter-unsupported', { details: { type } })
  if (projected_address !== undefined) throw new ParleyError('binding-parameter-unsupported', at('projected_address'))
  const binding: Binding = { ...chat, type, address, binding_name: name, binding_level: level }
  return proxy_address === undefined ? binding : facing(ctx, { ...binding, address }, proxy_address)
}

/** How an update may change a binding: an address that is taken, taken away (null), or left as it is. */
type BindingChange = NonNullable<UpdateParticipant['messaging_binding']>

/** The binding of a participant after an update (rest-api §3.5). @throws 50416 and what `readBinding` throws */
export async function changeBinding(
  ctx: Context,
  tx: Pick<Readers, 'participants'>,
  actor: Actor,
  before: ParticipantRow,
  change: BindingChange,
): Promise<Binding> {
  const { type, address, proxy_address, projected_address, binding_name, binding_level, bound } = before
  const binding = { type, address, proxy_address, projected_address, binding_name, binding_level, bound }

  const proxy = withoutNull(change.proxy_address, proxy_address)
  if (proxy !== proxy_address) {
    if (proxy === null) return { ...binding, proxy_address: null, bound: 0 }
    if (address === null) throw new ParleyError('proxy-address-not-addable', at('proxy_address'))
    const changed = facing(ctx, { ...binding, address }, proxy)
    await assertPairFree(tx, actor, before.account_sid, changed)
    return changed
  }

  const standIn = withoutNull(change.projected_address, projected_address)
  if (standIn === projected_address) return binding
  if (address !== null) throw new ParleyError('projected-address-not-addable', at('projected_address'))
  if (standIn !== null) return projected(ctx, standIn)
  if (before.identity === null) throw new ParleyError('projected-address-not-removable', at('projected_address'))
  return chat
}

/** The literal word `null` takes an address away, as nothing does (rest-api §1.3). */
function withoutNull(said: string | null | undefined, before: string | null): string | null {
  if (said === undefined) return before
  return said === 'null' ? null : said
}

/** An address of ours that stands for a chat user in a group. */
function projected(ctx: Context, projected_address: string): Binding {
  if (projected_address === '') throw new ParleyError('projected-address-missing', at('projected_address'))
  const type = channelOf(projected_address, 'address-invalid', 'projected_address')
  assertOurs(ctx, projected_address, 'projected-address-foreign', 'projected_address')
  return { ...chat, type, projected_address }
}

/** An address with the address of ours that faces it: of the same channel, and another. */
function facing(ctx: Context, binding: Binding & { address: string }, proxy_address: string): Binding {
  const { type, address } = binding
  if (proxy_address === '') throw new ParleyError('proxy-address-empty', at('proxy_address'))
  if (address.toLowerCase() === proxy_address.toLowerCase()) throw new ParleyError('address-equals-proxy')
  const proxyType = channelOf(proxy_address, 'proxy-address-invalid', 'proxy_address')
  if (proxyType !== type) throw new ParleyError('address-types-differ', { details: { address_type: type, proxy_address_type: proxyType } })
  assertOurs(ctx, proxy_address, 'proxy-address-foreign', 'proxy_address')
  return { ...binding, proxy_address, bound: 1 }
}

function channelOf(address: string, reason: 'address-invalid' | 'proxy-address-invalid', field: string): ChannelType {
  const type = channelOfAddress(address)
  if (!type) throw new ParleyError(reason, at(field))
  return type
}

/** Refuses an address of our side that is not the account's (rest-api §3.5). */
function assertOurs(ctx: Context, address: string, reason: 'proxy-address-foreign' | 'projected-address-foreign', field: string): void {
  if (ctx.proxyAddresses && !ctx.proxyAddresses.has(address))
    throw new ParleyError(reason, { details: { field: `messaging_binding.${field}`, setting: 'PARLEY_PROXY_ADDRESSES' } })
}

/**
 * Refuses an address pair that an open conversation holds already, and names that conversation: callers parse it from the text (rest-api
 * §4.2). A unique index guards the same rule against races.
 */
export async function assertPairFree(
  tx: Pick<Readers, 'participants'>,
  actor: Actor,
  account_sid: string,
  { address, proxy_address }: Pick<Binding, 'address' | 'proxy_address'>,
): Promise<void> {
  if (address === null || proxy_address === null) return
  const holder = await tx.participants.findByBinding(account_sid, address, proxy_address)
  if (!holder) return
  // Users take part in some conversations of one service, and the pair may be held in any other.
  if (actor.kind === 'user') throw new ParleyError('binding-exists')
  throw new ParleyError('binding-exists', {
    text: `A binding for this participant and proxy address already exists in Conversation ${holder.conversation_sid}`,
    details: { conversation_sid: holder.conversation_sid, participant_sid: holder.sid },
  })
}

/** Refuses what the conversation as a whole cannot take: no messaging service, a second group member with the same address. */
export async function assertFits(tx: Pick<Readers, 'participants'>, conversation: ConversationRow, binding: Binding): Promise<void> {
  if (binding.type !== 'chat' && conversation.messaging_service_sid === null) throw new ParleyError('messaging-service-missing')
  if (binding.address === null || binding.proxy_address !== null) return
  const twin = await tx.participants.findByAddress(conversation.sid, conversation.chat_service_sid, binding.address)
  if (twin) throw new ParleyError('group-participant-exists', { details: { participant_sid: twin.sid } })
}
