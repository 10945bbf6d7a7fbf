import { type Kysely, type Migration, Migrator } from 'kysely'
import * as firstConversation from './0001-first-conversation.ts'
import * as media from './0002-media.ts'

/** Every step of the schema, oldest first. A step that was released is never changed. */
const migrations: Record<string, Migration> = {
  '0001-first-conversation': firstConversation,
  '0002-media': media,
}

/** Brings the database to this version's schema. Nodes that start together take turns. */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  if (error) throw error
}
