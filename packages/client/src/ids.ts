/** A UUID, version 7: it begins with the time. */
export function newOrderedUuid(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${newUuid().slice(15)}`
}

/** A UUID, version 4. Pages that are not served over TLS have no `randomUUID`, some environments no `crypto` at all. */
export function newUuid(): string {
  const { crypto } = globalThis
  if (crypto?.randomUUID) return crypto.randomUUID()
  const bytes = new Uint8Array(16)
  if (crypto?.getRandomValues) crypto.getRandomValues(bytes)
  else for (let at = 0; at < 16; at++) bytes[at] = Math.floor(Math.random() * 256)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return Array.from(bytes, (byte, at) => ([4, 6, 8, 10].includes(at) ? '-' : '') + byte.toString(16).padStart(2, '0')).join('')
}
