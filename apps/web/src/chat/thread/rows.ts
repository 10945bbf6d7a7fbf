import type { Message } from '@parley/client'
import { localIdOf, type Unsent } from '../composer/outbox.ts'
import { dayCounter } from '../texts/dates.ts'
import type { Notice } from './notices.ts'

/** A message as the thread shows it: one of the server's, or one on its way; or what happened between two of them. */
export interface Row {
  key: string
  message: Message | null
  unsent: Unsent | null
  notices: readonly Notice[] | null
  author: string | null
  date: Date
  /** Whether it is the first of its day: then the day is shown above. */
  beginsDay: boolean
  /** Whether it is the first of several by one author within a few minutes: then the author is. */
  beginsGroup: boolean
  /** Whether it is the first of others that was unread when the thread was opened. */
  beginsUnread: boolean
}

/** Messages of one author that are nearer to each other than this share a head. */
const groupMilliseconds = 5 * 60_000

/**
 * Rows of messages with the notices between them, and of what is on its way, which goes last. `firstUnread` is the index above which the line is
 * drawn. Notices that stand further back than the messages that are there are left out.
 */
export function rowsOf(
  messages: readonly Message[],
  unsent: readonly Unsent[],
  { identity, firstUnread, notices = [] }: { identity: string; firstUnread: number | null; notices?: readonly Notice[] },
): Row[] {
  const rows: Row[] = []
  const arrived = new Set<string>()
  let hasLine = false
  const isNewDay = dayCounter()
  const add = (row: Pick<Row, 'key' | 'message' | 'unsent' | 'author' | 'date'>) => {
    const before = rows.at(-1)
    const beginsDay = isNewDay(row.date)
    const isFar =
      !before || before.notices || before.author !== row.author || row.date.getTime() - before.date.getTime() > groupMilliseconds
    const beginsUnread =
      !hasLine && firstUnread !== null && row.message !== null && row.message.index >= firstUnread && row.author !== identity
    hasLine ||= beginsUnread
    rows.push({ ...row, notices: null, beginsDay, beginsUnread, beginsGroup: beginsDay || Boolean(isFar) || beginsUnread })
  }
  const oldest = messages[0]?.index ?? 0
  let told = notices.findIndex(({ after }) => after >= oldest - 1)
  if (told === -1) told = notices.length
  /** Adds what happened before the message with this index. */
  const tellUntil = (index: number) => {
    const from = told
    while (told < notices.length && (notices[told] as Notice).after < index) told++
    const [first, ...others] = notices.slice(from, told)
    if (!first) return
    const nothing = { message: null, unsent: null, author: null, beginsDay: false, beginsUnread: false, beginsGroup: false }
    rows.push({ ...nothing, key: first.key, notices: [first, ...others], date: rows.at(-1)?.date ?? first.date })
  }
  for (const message of messages) {
    tellUntil(message.index)
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
  tellUntil(Number.POSITIVE_INFINITY)
  for (const one of unsent)
    if (!arrived.has(one.id)) add({ key: one.id, message: null, unsent: one, author: identity, date: new Date(one.written) })
  return rows
}
