import type { Session } from './session.ts'

const mark = '@bot:'
const markBytes = Buffer.from(mark)
const zero = 48

/** A message body that can be recognised when it arrives: a mark, a number, and words up to a usual length. */
export function numberedBody(number: number): string {
  return `${mark}${number} a message of the length that people write`
}

/** The number in a body of `numberedBody`. */
export const numberIn = (body: string) => Number.parseInt(body.slice(mark.length), 10)

/** Calls back for every message of `numberedBody` that the session receives as an event, also several in one frame. */
export function onDelivery(session: Session, delivered: (number: number) => void): void {
  session.onNotice = (header, buffer, start, end) => {
    if (!header.includes('cds.list') && !header.includes('sync.event')) return
    for (let at = buffer.indexOf(markBytes, start); at >= 0 && at < end; at = buffer.indexOf(markBytes, at)) {
      at += mark.length
      let number = 0
      for (let digit = buffer[at]! - zero; digit >= 0 && digit <= 9; digit = buffer[++at]! - zero) number = number * 10 + digit
      delivered(number)
    }
  }
}
