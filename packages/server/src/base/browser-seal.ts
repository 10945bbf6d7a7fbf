import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

const recordSize = 4_096

/** The browser's keys are no keys. */
export class BadKeys extends Error {}

/** One record of `aes128gcm` (RFC 8188) with a key that the browser alone can find (RFC 8291 §3). */
export function sealForBrowser(
  plain: Buffer,
  { p256dh, auth }: { p256dh: string; auth: string },
  { salt = randomBytes(16), sender = newKeys() } = {},
): Buffer {
  const receiver = Buffer.from(p256dh, 'base64url')
  const shared = sharedSecret(sender, receiver)
  const ours = sender.getPublicKey()
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, ours])
  const material = Buffer.from(hkdfSync('sha256', shared, Buffer.from(auth, 'base64url'), info, 32))
  const key = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: aes128gcm\0', 16))
  const nonce = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: nonce\0', 12))
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  // The delimiter of the last record.
  const sealed = Buffer.concat([cipher.update(plain), cipher.update(Buffer.from([2])), cipher.final(), cipher.getAuthTag()])
  const header = Buffer.alloc(21)
  salt.copy(header)
  header.writeUInt32BE(recordSize, 16)
  header.writeUInt8(ours.length, 20)
  return Buffer.concat([header, ours, sealed])
}

function newKeys() {
  const keys = createECDH('prime256v1')
  keys.generateKeys()
  return keys
}

function sharedSecret(sender: ReturnType<typeof newKeys>, receiver: Buffer): Buffer {
  try {
    return sender.computeSecret(receiver)
  } catch (cause) {
    throw new BadKeys('The point is not on the curve', { cause })
  }
}
