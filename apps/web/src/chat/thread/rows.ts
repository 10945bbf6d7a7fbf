import type { Message } from '@parley/client'
import { localIdOf, type Unsent } from '../composer/outbox.ts'
import { dayCounter } from '../texts/dates.ts'

/** A message as the thread shows it: one of the server's, or one on its way. */
export interface Row {
  key: string
  message: Message | null
  unsent: Unsent | null
  author: string | null
  date: Date
  /** Whether it is the first of its day: then the day is shown above. */
  beginsDay: boolean
  /** Whether it is the first of several by one author within a few minutes: then the author is. */
  beginsGroup: boolean
  /** Whether it is the first that was unread when the thread was opened. */
  beginsUnread: boolean
}

/** Messages of one author that are nearer to each other than this share a head. */
const groupMilliseconds = 5 * 60_000

/** Rows of messages and of what is on its way, which goes last. `firstUnread` is the index above which the line is drawn. */
export function rowsOf(
  messages: readonly Message[],
  unsent: readonly Unsent[],
  { identity, firstUnread }: { identity: string; firstUnread: number | null },
): Row[] {
  const rows: Row[] = []
  const arrived = new Set<string>()
  let hasLine = false
  const isNewDay = dayCounter()
  const add = (row: Pick<Row, 'key' | 'message' | 'unsent' | 'author' | 'date'>) => {
    const before = rows.at(-1)
    const beginsDay = isNewDay(row.date)
    const isFar = !before || before.author !== row.author || row.date.getTime() - before.date.getTime() > groupMilliseconds
    const beginsUnread = !hasLine && firstUnread !== null && row.message !== null && row.message.index >= firstUnread
    hasLine ||= beginsUnread
    rows.push({ ...row, beginsDay, beginsUnread, beginsGroup: beginsDay || isFar || beginsUnread })
  }
  for (const message of messages) {
    const localId = localIdOf(message)
    if (localId !== null && message.author === identity) arrived.add(localId)
    add({
      // The bubble stays the same when the server has it.
      key: message.author === identity && localId !== null ? localId : message.sid,
      message,
      unsent: null,
      author: message.author,
      date: message.dateCreated ?? new Date(0),
    })
  }
  for (const one of unsent)
    if (!arrived.has(one.id)) add({ key: one.id, message: null, unsent: one, author: identity, date: new Date(one.written) })
  return rows
}
