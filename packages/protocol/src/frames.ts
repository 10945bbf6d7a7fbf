/**
 * Twilsock V3 frames (wire-protocol §2.1):
 *
 *     TWILSOCK V3.0 <H>\r\n
 *     <header: JSON, exactly H bytes>\r\n
 *     <payload: exactly header.payload_size bytes>
 */
export interface Frame {
  header: FrameHeader
  /** The payload's bytes; empty when there is none. */
  payload: Uint8Array
}

export interface FrameHeader {
  id?: unknown
  method?: unknown
  payload_size?: unknown
  payload_type?: unknown
  [member: string]: unknown
}

export const frameStart = 'TWILSOCK V3.0 '

const start = new TextEncoder().encode(frameStart)
const carriageReturn = 13
const lineFeed = 10
const mostDigits = 7

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/**
 * Reads a frame. Whatever a client sends, it costs no more than its bytes: lengths are checked before anything is read by them.
 *
 * @returns `undefined` for anything that is not one whole frame
 */
export function decodeFrame(bytes: Uint8Array, maxHeaderBytes = Number.POSITIVE_INFINITY): Frame | undefined {
  for (let at = 0; at < start.length; at++) if (bytes[at] !== start[at]) return undefined

  let at = start.length
  let headerSize = 0
  for (; bytes[at] !== carriageReturn; at++) {
    const digit = (bytes[at] ?? 0) - 48
    if (digit < 0 || digit > 9 || at - start.length >= mostDigits) return undefined
    headerSize = headerSize * 10 + digit
  }
  if (at === start.length || bytes[at + 1] !== lineFeed || headerSize > maxHeaderBytes) return undefined

  const headerStart = at + 2
  const headerEnd = headerStart + headerSize
  if (bytes[headerEnd] !== carriageReturn || bytes[headerEnd + 1] !== lineFeed) return undefined
  const header = parseObject(bytes.subarray(headerStart, headerEnd))
  if (!header) return undefined

  const size = header.payload_size ?? 0
  const payload = bytes.subarray(headerEnd + 2)
  return size === payload.length ? { header, payload } : undefined
}

function parseObject(bytes: Uint8Array): FrameHeader | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as FrameHeader) : undefined
  } catch {
    return undefined
  }
}

/** Writes a frame. A payload that is not text is sent as JSON. */
export function encodeFrame(header: FrameHeader, payload?: unknown): Uint8Array {
  const body = payload === undefined ? '' : typeof payload === 'string' ? payload : JSON.stringify(payload)
  const bodyBytes = encoder.encode(body)
  const head = encoder.encode(JSON.stringify({ ...header, payload_size: bodyBytes.length }))
  const first = encoder.encode(`${frameStart}${head.length}\r\n`)
  const frame = new Uint8Array(first.length + head.length + 2 + bodyBytes.length)
  frame.set(first, 0)
  frame.set(head, first.length)
  frame.set([carriageReturn, lineFeed], first.length + head.length)
  frame.set(bodyBytes, first.length + head.length + 2)
  return frame
}

const replyStart = encoder.encode('{"id":"')
const replyMethod = encoder.encode('","method":"reply"')
const longestId = 100

/**
 * Whether a frame is the acknowledgement that an official SDK sends for every frame of ours, seen from its first bytes: each delivery costs one,
 * so this must be next to nothing. `false` means only that the frame has to be read.
 */
export function isAcknowledgement(bytes: Uint8Array): boolean {
  let at = start.length
  while (at < start.length + mostDigits && bytes[at] !== carriageReturn) at++
  at += 2
  for (let index = 0; index < replyStart.length; index++, at++) if (bytes[at] !== replyStart[index]) return false
  const last = at + longestId
  while (at < last && bytes[at] !== 34 && bytes[at] !== 92) at++
  for (let index = 0; index < replyMethod.length; index++, at++) if (bytes[at] !== replyMethod[index]) return false
  return true
}
