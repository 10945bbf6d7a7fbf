import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { Context } from '../context.ts'

/**
 * The key pair by which push services of browsers know this installation (RFC 8292). It is made once and kept: browsers have subscribed with it.
 */
export async function ensureVapidKeys(
  ctx: Pick<Context, 'store' | 'clock' | 'vault'>,
): Promise<{ publicKey: string; privateKey: KeyObject }> {
  const { store, clock, vault } = ctx
  if (!(await store.read.pushKeys.find('vapid'))) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const jwk = privateKey.export({ format: 'jwk' })
    const row = { public_key: pointOf(jwk), private_key: vault.lock(JSON.stringify(jwk)), date_created: clock.now() }
    await store.write((tx) => tx.pushKeys.insert({ name: 'vapid', ...row }))
  }
  const kept = await store.read.pushKeys.find('vapid')
  if (!kept) throw new Error('The key pair for web push is not there')
  const jwk = JSON.parse(vault.open(kept.private_key)) as JsonWebKey
  return { publicKey: kept.public_key, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

/** The public half as browsers take it: an uncompressed point. */
const pointOf = ({ x = '', y = '' }: JsonWebKey) =>
  Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url')
