import { decodeFrame } from '@parley/protocol'
import { notification, type Packet } from '../outgoing.ts'

/** Packets in the older form, each made once for all who want it so. */
const known = new WeakMap<Packet, Packet>()

const carriers = /^(twilio\.sync\.event|com\.twilio\.rtd\.cds\.\w+)$/

/**
 * A packet as clients read it that speak version 3 of the event protocol (SDK 1.x): there a message has one `event`, and not a list of `events`.
 * Other packets are the same in both.
 */
export function inOlderForm(bytes: Packet): Packet {
  let older = known.get(bytes)
  if (!older) {
    older = rewritten(bytes) ?? bytes
    known.set(bytes, older)
  }
  return older
}

/** Server frames are not masked: two, four or ten bytes stand before them. */
const prefixOf = (bytes: Packet) => (bytes[1] === 126 ? 4 : bytes[1] === 127 ? 10 : 2)

function rewritten(bytes: Packet): Packet | undefined {
  const frame = decodeFrame(bytes.subarray(prefixOf(bytes)), bytes.length)
  const type = frame?.header['message_type']
  if (!frame || typeof type !== 'string' || !carriers.test(type)) return undefined
  const { events, ...message } = JSON.parse(Buffer.from(frame.payload).toString('utf8')) as { events: [unknown] }
  return notification(type, JSON.stringify({ ...message, event_protocol_version: 3, event: events[0] }))
}
