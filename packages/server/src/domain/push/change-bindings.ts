import { type BindingType, canonicalSid, isSid, ParleyError, type PushMessageType } from '@parley/protocol'
import type { PushBindingRow, UserRow } from '../../storage/schema.ts'
import type { Readers, Writers } from '../../storage/store.ts'
import type { UserActor } from '../access.ts'
import type { Context } from '../context.ts'

/** A device that its user's app registers for pushes. */
export interface Device extends Pick<PushBindingRow, 'address' | 'endpoint' | 'connection' | 'node_sid' | 'online_until'> {
  binding_type: Exclude<BindingType, 'twilsock'>
  message_types: readonly PushMessageType[]
  /** Web push: with what its messages are encrypted. */
  keys: { p256dh: string; auth: string } | null
  /** The credential that the user's token names. */
  credential_sid: string | undefined
}

/** A binding of a service. @throws 20404 */
export async function getBinding(read: Pick<Readers, 'pushBindings'>, chat_service_sid: string, sid: string): Promise<PushBindingRow> {
  const found = await read.pushBindings.find(canonicalSid(sid))
  if (found?.chat_service_sid !== chat_service_sid) throw new ParleyError('binding-not-found')
  return found
}

/**
 * Binds a device to a user. A device is bound once in a service: whoever registers it again keeps the binding, and whoever registers a device of
 * somebody else, who used it before, takes it over. When a user has too many, the one registered longest ago makes room.
 */
export async function registerDevice(ctx: Context, actor: UserActor, device: Device): Promise<PushBindingRow> {
  const { binding_type, address } = device
  return ctx.store.write(async (tx) => {
    const known = await tx.pushBindings.findByAddress(actor.chat_service_sid, binding_type, address)
    const [user, ...others] = await lockUsers(tx, actor.user_sid, known?.user_sid)
    if (!user) throw new ParleyError('user-not-found')
    const now = ctx.clock.now()
    const binding: PushBindingRow = {
      sid: known?.sid ?? ctx.ids.sid('binding'),
      account_sid: actor.account_sid,
      chat_service_sid: actor.chat_service_sid,
      user_sid: actor.user_sid,
      identity: actor.identity,
      binding_type,
      credential_sid: await ownCredential(tx, actor, device.credential_sid),
      address,
      endpoint: device.endpoint,
      keys: device.keys && ctx.vault.lock(JSON.stringify(device.keys)),
      message_types: JSON.stringify(device.message_types),
      connection: device.connection,
      node_sid: device.node_sid,
      online_until: device.online_until,
      date_created: known?.date_created ?? now,
      date_updated: now,
    }
    if (known) await tx.pushBindings.save(binding)
    else {
      await makeRoom(ctx, tx, user.sid)
      await tx.pushBindings.insert(binding)
    }
    for (const one of [user, ...others]) await showNotifiable(tx, one)
    return binding
  })
}

/** The user, and the one who had the device before; locked in the order of their SIDs, as everywhere. */
async function lockUsers(tx: Writers, user_sid: string, other_sid = user_sid): Promise<UserRow[]> {
  const locked = new Map<string, UserRow>()
  for (const sid of [...new Set([user_sid, other_sid])].sort()) {
    const user = await tx.users.lock(sid)
    if (user) locked.set(sid, user)
  }
  const user = locked.get(user_sid)
  locked.delete(user_sid)
  return user ? [user, ...locked.values()] : []
}

/** Tokens are made by the account, but a name in them may be wrong: what is not the account's own is as good as none. */
async function ownCredential(tx: Writers, { account_sid }: UserActor, sid: string | undefined): Promise<string | null> {
  if (sid === undefined || !isSid('credential', sid)) return null
  const credential = await tx.pushCredentials.find(canonicalSid(sid))
  return credential?.account_sid === account_sid ? credential.sid : null
}

async function makeRoom(ctx: Context, tx: Writers, user_sid: string): Promise<void> {
  const bindings = await tx.pushBindings.ofUser(user_sid)
  const surplus = bindings.length + 1 - ctx.limits.pushBindingsPerUser
  for (const binding of bindings.slice(0, Math.max(0, surplus))) await tx.pushBindings.remove(binding)
}

/** Lets go of a device of the user's own, by the binding's SID or by its address. Of what is not there nothing remains to be done. */
export async function unregisterDevice(
  ctx: Context,
  actor: UserActor,
  named: { sid: string } | Pick<PushBindingRow, 'binding_type' | 'address'>,
): Promise<void> {
  const binding =
    'sid' in named
      ? await ctx.store.read.pushBindings.find(canonicalSid(named.sid))
      : await ctx.store.read.pushBindings.findByAddress(actor.chat_service_sid, named.binding_type, named.address)
  if (binding?.user_sid === actor.user_sid) await letGo(ctx, binding, (now) => now.user_sid === actor.user_sid)
}

/** Takes a binding of a service away. @throws 20404 */
export async function removeBinding(ctx: Context, chat_service_sid: string, sid: string): Promise<void> {
  await letGo(ctx, await getBinding(ctx.store.read, chat_service_sid, sid), () => true)
}

async function letGo(ctx: Context, { sid, user_sid }: PushBindingRow, holds: (now: PushBindingRow) => boolean): Promise<void> {
  await ctx.store.write((tx) => removeLocked(tx, sid, user_sid, holds))
}

/** Takes a binding away that is still what was decided on. */
export async function removeLocked(tx: Writers, sid: string, user_sid: string, holds: (now: PushBindingRow) => boolean): Promise<void> {
  const user = await tx.users.lock(user_sid)
  const now = await tx.pushBindings.find(sid)
  if (!now || !holds(now)) return
  await tx.pushBindings.remove(now)
  if (user) await showNotifiable(tx, user)
}

/** Makes a locked user's row say whether a push can reach them, and tells those who watch, where the service wants to know. */
async function showNotifiable(tx: Writers, user: UserRow): Promise<void> {
  const is_notifiable = (await tx.pushBindings.isAnyOfUser(user.sid)) ? 1 : 0
  if (is_notifiable === user.is_notifiable) return
  const service = await tx.services.find(user.chat_service_sid)
  await tx.users.save({ ...user, is_notifiable }, service?.reachability_enabled ? ['reachability'] : [])
}
