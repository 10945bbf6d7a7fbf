import { type RawBuilder, sql } from 'kysely'
import { parametersOf, purgeColumns } from './columns.ts'
import { expireKept } from './media.ts'
import type { PurgeRow as Row } from './schema.ts'
import { atMost, type Database, type Statement, statement, type Transaction } from './statement.ts'

/**
 * Deletion at once, tidying up afterwards. Who deletes a conversation or a service takes away the one row that leads to everything in it, and
 * leaves a note here in the same transaction. The rest is removed in portions (jobs/purge.ts); after a crash the note is still there.
 */
const oldest = statement<Record<never, never>, Row>((db) =>
  db.selectFrom('purges').select(purgeColumns).orderBy('date_created').orderBy('sid').limit(1),
)
const oldestLocked = statement<Record<never, never>, Row>((db, _, dialect) => {
  const selected = db.selectFrom('purges').select(purgeColumns).orderBy('date_created').orderBy('sid').limit(1)
  return dialect === 'postgres' ? selected.forUpdate().skipLocked() : selected
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('purges').values(parametersOf(purgeColumns, p)))
const finish = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('purges').where('sid', '=', p('sid')))

interface Portion {
  sid: string
  limit: number
}

type Named = { sid: string }

/** Removes rows of a table that a condition finds, so many at most. */
const removal = (table: string, found: (sid: RawBuilder<string>) => RawBuilder<unknown>): Statement<Portion, Named> =>
  statement((db, p) => ({
    compile: () => {
      const rows = sql.table(table)
      return sql<Named>`delete from ${rows} where sid in (select sid from ${rows} where ${found(p('sid'))} limit ${atMost(p('limit'))}) returning sid`.compile(
        db,
      )
    },
  }))

/** Every message is live, and found by its position, or was changed, and is found by its event. */
const ofConversation = [
  removal('receipts', (sid) => sql`conversation_sid = ${sid}`),
  removal('messages', (sid) => sql`conversation_sid = ${sid} and removed_at is null`),
  removal('messages', (sid) => sql`conversation_sid = ${sid} and event_id <> created_event_id`),
]
/** Tombstones of users stay: those who were away are still to hear that they have left. */
const strangersOfConversation = removal('participants', (sid) => sql`conversation_sid = ${sid} and user_sid is null`)
const everybodyOfConversation = removal('participants', (sid) => sql`conversation_sid = ${sid}`)
const leftByUser = removal('participants', (sid) => sql`user_sid = ${sid}`)
const erasuresOfService = removal('erasures', (sid) => sql`chat_service_sid = ${sid} and identity is null`)
const rolesOfService = removal('roles', (sid) => sql`chat_service_sid = ${sid}`)

/** Their bytes are removed elsewhere (domain/media/collect-media.ts), and their rows with them. */
const mediaOfConversation = expireKept('conversation_sid')
const mediaOfService = expireKept('chat_service_sid')

const conversationOfService = statement<{ sid: string }, Named>((db, p, dialect) => {
  const first = db.selectFrom('conversations').select('sid').where('chat_service_sid', '=', p('sid')).orderBy('sid').limit(1)
  return dialect === 'postgres' ? first.forUpdate() : first
})
const userOfService = statement<{ sid: string }, Named>((db, p, dialect) => {
  const first = db.selectFrom('users').select('sid').where('chat_service_sid', '=', p('sid')).orderBy('sid').limit(1)
  return dialect === 'postgres' ? first.forUpdate() : first
})
const removeConversation = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('conversations').where('sid', '=', p('sid')))
const removePresences = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('presences').where('user_sid', '=', p('sid')))
const removePushBindings = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('push_bindings').where('user_sid', '=', p('sid')))
const removeNotifications = statement<{ sid: string }, unknown>((db, p) =>
  db.deleteFrom('notification_configurations').where('chat_service_sid', '=', p('sid')),
)
const removeUser = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('users').where('sid', '=', p('sid')))

export const purgeReader = (db: Database) => ({
  /** What waits longest to be taken away. */
  oldest: (): Promise<Row | undefined> => db.get(oldest, {}),
})

export const purgeWriter = (tx: Transaction) => {
  /** Runs removals one after the other until so many rows are gone. @returns how many more may go: 0 when the portion is full */
  async function drain(removals: readonly Statement<Portion, Named>[], sid: string, limit: number): Promise<number> {
    let left = limit
    for (const one of removals) {
      if (left > 0) left -= (await tx.all(one, { sid, limit: left })).length
    }
    return left
  }

  async function drainService(sid: string, limit: number): Promise<number> {
    let left = limit
    while (left > 0) {
      const conversation = await tx.get(conversationOfService, { sid })
      if (!conversation) break
      left = await drain([...ofConversation, everybodyOfConversation], conversation.sid, left)
      if (left === 0) break
      await tx.run(removeConversation, conversation)
      left--
    }
    while (left > 0) {
      const user = await tx.get(userOfService, { sid })
      if (!user) break
      left = await drain([leftByUser], user.sid, left)
      if (left === 0) break
      await tx.run(removePresences, user)
      await tx.run(removePushBindings, user)
      await tx.run(removeUser, user)
      left--
    }
    await tx.run(removeNotifications, { sid })
    return drain([rolesOfService, erasuresOfService], sid, left)
  }

  return {
    /** Notes that the rows of something deleted are to be taken away. */
    insert: (row: Row): Promise<void> => tx.run(insert, row),

    /** Takes some rows of the oldest deletion away that no other node works on. @returns whether there may be more to do */
    async portion(limit: number): Promise<boolean> {
      const purge = await tx.get(oldestLocked, {})
      if (!purge) return false
      const { sid, date_created: now } = purge
      const ofService = sid.startsWith('IS')
      const media = await tx.all(ofService ? mediaOfService : mediaOfConversation, { sid, now, limit })
      const rest = limit - media.length
      if (rest === 0) return true
      const left = ofService ? await drainService(sid, rest) : await drain([...ofConversation, strangersOfConversation], sid, rest)
      if (left > 0) await tx.run(finish, { sid: purge.sid })
      return true
    },
    ...purgeReader(tx),
  }
}
