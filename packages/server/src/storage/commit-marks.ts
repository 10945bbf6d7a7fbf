import { commitMarkColumns, parametersOf } from './columns.ts'
import type { CommitMarkRow as Row } from './schema.ts'
import { type Database, statement } from './statement.ts'

/**
 * What tells whether a commit took place during which the connection to PostgreSQL broke. Every transaction that writes leaves a number, in a row
 * that nobody else writes meanwhile: the row has it when, and only when, the commit took place.
 *
 * PostgreSQL also tells by the transaction's id, but not for sure: when the server crashes, ids of which nothing had reached the disk are given out
 * again, and the commit of another would be taken for ours.
 */
export interface CommitMark {
  /** The row. */
  readonly slot: string
  /** Counts the transactions that had the slot. */
  readonly number: number
}

const leave = statement<Row, unknown>((db, p) =>
  db
    .insertInto('commit_marks')
    .values(parametersOf(commitMarkColumns, p))
    .onConflict((known) => known.column('slot').doUpdateSet({ number: p('number'), date_updated: p('date_updated') })),
)

const last = statement<Omit<Row, 'number'>, Pick<Row, 'number'>>((db, p) =>
  db
    .insertInto('commit_marks')
    .values({ slot: p('slot'), number: 0, date_updated: p('date_updated') })
    .onConflict((known) => known.column('slot').doUpdateSet({ date_updated: p('date_updated') }))
    .returning('number'),
)

/** Leaves a mark in a transaction. Its row is locked until that has ended. */
export const leaveMark = (tx: Database, mark: CommitMark, now: number): Promise<void> => tx.run(leave, { ...mark, date_updated: now })

/** Whether the transaction that left this mark has committed. Waits until it has ended. */
export const wasCommitted = async (db: Database, { slot, number }: CommitMark, now: number): Promise<boolean> =>
  (await db.get(last, { slot, date_updated: now }))?.number === number

const lifetime = 24 * 3_600_000
const portion = 1_000

const removeBefore = statement<{ before: number; limit: number }, unknown>((db, p) =>
  db
    .deleteFrom('commit_marks')
    .where('slot', 'in', (old) =>
      old
        .selectFrom('commit_marks')
        .select('slot')
        .where('date_updated', '<', p('before'))
        .orderBy('date_updated')
        .orderBy('slot')
        .limit(p('limit') as never),
    )
    // Asked again of a row that somebody has written in the meantime.
    .where('date_updated', '<', p('before')),
)

/** Takes away what processes left that ended long ago. A slot that is still used gets its row again. */
export const removeOldMarks = (db: Database, now: number): Promise<void> => db.run(removeBefore, { before: now - lifetime, limit: portion })

/** The slots of a process: as many as transactions were ever under way together, and one more for each whose end nobody saw. */
export class CommitMarks {
  readonly #free: CommitMark[] = []
  #slots = 0

  /** @param name of this process, of its own */
  constructor(private readonly name: string) {}

  /** A mark for a transaction. */
  take(): CommitMark {
    const { slot, number } = this.#free.pop() ?? { slot: `${this.name}.${this.#slots++}`, number: 0 }
    return { slot, number: number + 1 }
  }

  /** The transaction has ended, one way or the other: whoever has not seen that keeps the mark, for its slot may still be locked. */
  giveBack(mark: CommitMark): void {
    this.#free.push(mark)
  }
}
