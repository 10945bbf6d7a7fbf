import type { ConversationRow, MediaRow, MessageRow, ParticipantRow, PushBindingRow, ReceiptRow, UserRow } from '../../storage/schema.ts'

/** One thing of an export. It begins with `export`, and is whole when it ends with `end`. */
export type Exported =
  | { type: 'export'; of: string; begun: number }
  | { type: 'conversation'; row: ConversationRow }
  | { type: 'participant'; row: ParticipantRow }
  | { type: 'message'; row: MessageRow }
  | { type: 'receipt'; row: ReceiptRow }
  | { type: 'media'; row: MediaRow }
  | { type: 'user'; row: UserRow }
  | { type: 'binding'; row: PushBindingRow }
  | { type: 'end'; counts: Record<string, number> }

/** Things that are read together. */
export type Portion = Exported[]

/** Rows that are read at once: what an export holds in memory, whatever there is in all. */
export const portionRows = 100

/** Passes an export on, and ends it with how many there are of each kind. */
export async function* counted(begin: Extract<Exported, { type: 'export' }>, portions: AsyncIterable<Portion>): AsyncGenerator<Portion> {
  const counts: Record<string, number> = {}
  yield [begin]
  for await (const portion of portions) {
    for (const { type } of portion) counts[type] = (counts[type] ?? 0) + 1
    if (portion.length > 0) yield portion
  }
  yield [{ type: 'end', counts }]
}
