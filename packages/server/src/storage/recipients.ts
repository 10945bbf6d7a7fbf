import type { MessageRecipient } from '@parley/protocol'
import type { Page, PageRequest } from './paging.ts'
import type { MessageRow } from './schema.ts'
import { type Database, statement } from './statement.ts'

type Addressed = Pick<MessageRow, 'sid' | 'position' | 'recipients'>

interface From {
  conversation_sid: string
  from: number
  limit: number
}
const addressed = (order: 'asc' | 'desc') =>
  statement<From, Addressed>((db, p) =>
    db
      .selectFrom('messages')
      .select(['sid', 'position', 'recipients'])
      .where('removed_at', 'is', null)
      .where('recipients', 'is not', null)
      .where('conversation_sid', '=', p('conversation_sid'))
      .where('position', order === 'asc' ? '>=' : '<=', p('from'))
      .orderBy('position', order)
      .limit(p('limit') as never),
  )
const upwards = addressed('asc')
const downwards = addressed('desc')

/** A recipient, and the message they received or sent. */
export interface RecipientOfMessage extends MessageRecipient {
  message_sid: string
}

/** The recipients of one message, in the order in which they were named. */
export const recipientsOf = ({ sid: message_sid, recipients }: Addressed): RecipientOfMessage[] =>
  (JSON.parse(recipients ?? '[]') as MessageRecipient[]).map((recipient) => ({ message_sid, ...recipient }))

export const recipientReader = (db: Database) => ({
  /** Recipients of all messages of a conversation, in the order of the messages. A cursor is a message's index and a place among its recipients. */
  async page(conversation_sid: string, { limit, cursor, backwards = false }: PageRequest): Promise<Page<RecipientOfMessage>> {
    const [position, turn] = (cursor ?? [0, -1]) as [number, number]
    // Each message has one at least, but that at the cursor may have no more.
    const rows = await db.all(backwards ? downwards : upwards, { conversation_sid, from: position, limit: limit + 2 })
    const places = rows.flatMap((message) => {
      const all = recipientsOf(message).map((recipient, at) => ({ recipient, place: [message.position, at] as const }))
      const beside = all.filter(({ place: [there, at] }) => there !== position || (backwards ? at < turn : at > turn))
      return backwards ? beside.reverse() : beside
    })
    const more = places.length > limit
    const found = places.slice(0, limit)
    if (backwards) found.reverse()
    const [first, last] = [found[0]?.place ?? null, found.at(-1)?.place ?? null]
    return {
      rows: found.map(({ recipient }) => recipient),
      next: backwards || more ? last : null,
      previous: (backwards ? more : cursor !== undefined) ? first : null,
    }
  },
})
