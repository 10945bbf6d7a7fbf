import { notificationConfigurationColumns, parametersOf, without } from './columns.ts'
import type { NotificationConfigurationRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const ofService = statement<{ chat_service_sid: string }, Row>((db, p) =>
  db
    .selectFrom('notification_configurations')
    .select(notificationConfigurationColumns)
    .where('chat_service_sid', '=', p('chat_service_sid')),
)
const put = statement<Row, unknown>((db, p) =>
  db
    .insertInto('notification_configurations')
    .values(parametersOf(notificationConfigurationColumns, p))
    .onConflict((known) =>
      known
        .column('chat_service_sid')
        .doUpdateSet(parametersOf(without(notificationConfigurationColumns, 'chat_service_sid', 'account_sid'), p)),
    ),
)

export const notificationConfigurationReader = (db: Database) => ({
  /** `undefined` where nobody has configured anything. */
  find: (chat_service_sid: string): Promise<Row | undefined> => db.get(ofService, { chat_service_sid }),
})

export const notificationConfigurationWriter = (tx: Transaction) => ({
  async put(row: Row): Promise<void> {
    await tx.run(put, row)
    tx.emit({ object: 'push', sid: row.chat_service_sid, kind: 'changed' })
  },
  ...notificationConfigurationReader(tx),
})
