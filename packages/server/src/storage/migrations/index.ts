import { type Kysely, type Migration, Migrator } from 'kysely'
import * as firstConversation from './0001-first-conversation.ts'
import * as media from './0002-media.ts'
import * as jobsAndDeliveries from './0010-jobs-and-deliveries.ts'
import * as webhooks from './0011-webhooks.ts'
import * as contentTemplates from './0012-content-templates.ts'
import * as receipts from './0013-receipts.ts'
import * as push from './0014-push.ts'
import * as addressConfigurations from './0015-address-configurations.ts'
import * as consoleSessions from './0016-console-sessions.ts'
import * as commitMarks from './0018-commit-marks.ts'
import * as restWebhooks from './0019-rest-webhooks.ts'

/** Every step of the schema, oldest first. A step that was released is never changed. */
const migrations: Record<string, Migration> = {
  '0001-first-conversation': firstConversation,
  '0002-media': media,
  '0010-jobs-and-deliveries': jobsAndDeliveries,
  '0011-webhooks': webhooks,
  '0012-content-templates': contentTemplates,
  '0013-receipts': receipts,
  '0015-address-configurations': addressConfigurations,
  '0014-push': push,
  '0016-console-sessions': consoleSessions,
  '0018-commit-marks': commitMarks,
  '0019-rest-webhooks': restWebhooks,
}

/** The names of all steps, oldest first. */
export const steps: readonly string[] = Object.keys(migrations).sort()

/**
 * Brings the database to this version's schema, or only up to one of its steps. Nodes that start together take turns.
 *
 * @throws when a newer version was here before
 */
export async function migrate(db: Kysely<unknown>, upTo?: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (!(error instanceof Error)) return
  const [, unknown] = /^corrupted migrations: previously executed migration (\S+) is missing$/.exec(error.message) ?? []
  throw unknown === undefined
    ? error
    : new Error(`a newer version of Parley has changed the database (step ${unknown}); run that version, or a newer one`, { cause: error })
}
