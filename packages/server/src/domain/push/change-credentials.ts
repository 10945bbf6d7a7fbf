import { type CreateCredential, canonicalSid, ParleyError, type UpdateCredential } from '@parley/protocol'
import type { PushCredentialRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { assertReadable, type CredentialSecrets, lockSecrets, openSecrets } from './credential-secrets.ts'

/** A credential of the account. @throws 20404 */
export async function getCredential(read: Pick<Readers, 'pushCredentials'>, account_sid: string, sid: string): Promise<PushCredentialRow> {
  const found = await read.pushCredentials.find(canonicalSid(sid))
  if (found?.account_sid !== account_sid) throw new ParleyError('credential-not-found')
  return found
}

const noSecrets: CredentialSecrets = { certificate: null, private_key: null, api_key: null, secret: null }

/** Keeps a credential; what is secret in it can be used from now on, and read by nobody. */
export function createCredential(ctx: Context, account_sid: string, params: CreateCredential): Promise<PushCredentialRow> {
  const now = ctx.clock.now()
  const { type } = params
  const blank = { friendly_name: null, sandbox: 0, key_id: null, team_id: null, topic: null, refusal: null, refused_at: null } as const
  const row = changed(
    ctx,
    { sid: ctx.ids.sid('credential'), account_sid, type, ...blank, secrets: '', date_created: now, date_updated: now },
    noSecrets,
    params,
  )
  return ctx.store.write(async (tx) => {
    await tx.pushCredentials.insert(row)
    return row
  })
}

/** Changes a credential; what is absent stays. What the provider had against it counts no more. */
export function updateCredential(ctx: Context, account_sid: string, sid: string, params: UpdateCredential): Promise<PushCredentialRow> {
  return ctx.store.write(async (tx) => {
    const before = await getCredential(tx, account_sid, sid)
    const after = changed(ctx, { ...before, date_updated: ctx.clock.now() }, openSecrets(ctx, before), params)
    await tx.pushCredentials.save(after)
    return after
  })
}

/** Forgets a credential. Devices that were registered with it stay, and are not reached until they register with another. */
export async function removeCredential(ctx: Context, account_sid: string, sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const row = await getCredential(tx, account_sid, sid)
    await tx.pushCredentials.remove(row.sid)
  })
}

function changed(ctx: Context, before: PushCredentialRow, secretsBefore: CredentialSecrets, params: UpdateCredential): PushCredentialRow {
  const { certificate, private_key, api_key, secret, sandbox, ...plain } = params
  const secrets = { ...secretsBefore, ...present({ certificate, private_key, api_key, secret }) }
  const row: PushCredentialRow = {
    ...before,
    ...plain,
    sandbox: sandbox === undefined ? before.sandbox : sandbox ? 1 : 0,
    refusal: null,
    refused_at: null,
  }
  assertReadable(row, secrets)
  return { ...row, secrets: lockSecrets(ctx, secrets) }
}

/** Without what is absent. */
const present = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
