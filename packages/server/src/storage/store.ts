import { accountReader, accountWriter } from './accounts.ts'
import { addressConfigurationReader, addressConfigurationWriter } from './address-configurations.ts'
import type { Append, AppendedMessage } from './append-messages.ts'
import type { Change } from './changes.ts'
import { consoleSessionReader, consoleSessionWriter } from './console-sessions.ts'
import { contentTemplateReader, contentTemplateWriter } from './content-templates.ts'
import { conversationListReader } from './conversation-lists.ts'
import { conversationReader, conversationWriter } from './conversations.ts'
import { erasureReader, erasureWriter } from './erasures.ts'
import { jobReader, jobWriter } from './jobs.ts'
import { mediaReader, mediaWriter } from './media.ts'
import { messageReader, messageWriter } from './messages.ts'
import { notificationConfigurationReader, notificationConfigurationWriter } from './notification-configurations.ts'
import { participantReader, participantWriter } from './participants.ts'
import { personalDataReader, personalDataWriter } from './personal-data.ts'
import { presenceReader, presenceWriter } from './presences.ts'
import { purgeReader, purgeWriter } from './purges.ts'
import { pushBindingReader, pushBindingWriter } from './push-bindings.ts'
import { pushCredentialReader, pushCredentialWriter } from './push-credentials.ts'
import { pushKeyReader, pushKeyWriter } from './push-keys.ts'
import { pushReader, pushWriter } from './pushes.ts'
import { receiptReader, receiptWriter } from './receipts.ts'
import { recipientReader } from './recipients.ts'
import { roleReader, roleWriter } from './roles.ts'
import { seatReader } from './seats.ts'
import { serviceReader, serviceWriter } from './services.ts'
import type { Database, Transaction } from './statement.ts'
import { userReader, userWriter } from './users.ts'
import { webhookConfigurationReader, webhookConfigurationWriter } from './webhook-configurations.ts'
import { webhookDeliveryReader, webhookDeliveryWriter } from './webhook-deliveries.ts'

/** Everything that can be read, by concept. */
export const readersOf = (db: Database) => ({
  accounts: accountReader(db),
  consoleSessions: consoleSessionReader(db),
  services: serviceReader(db),
  roles: roleReader(db),
  contentTemplates: contentTemplateReader(db),
  users: userReader(db),
  conversations: conversationReader(db),
  lists: conversationListReader(db),
  participants: participantReader(db),
  messages: messageReader(db),
  seats: seatReader(db),
  presences: presenceReader(db),
  purges: purgeReader(db),
  media: mediaReader(db),
  addressConfigurations: addressConfigurationReader(db),
  jobs: jobReader(db),
  deliveries: webhookDeliveryReader(db),
  receipts: receiptReader(db),
  recipients: recipientReader(db),
  webhooks: webhookConfigurationReader(db),
  pushCredentials: pushCredentialReader(db),
  notificationConfigurations: notificationConfigurationReader(db),
  pushBindings: pushBindingReader(db),
  pushes: pushReader(db),
  pushKeys: pushKeyReader(db),
  personalData: personalDataReader(db),
  erasures: erasureReader(db),
})
export type Readers = ReturnType<typeof readersOf>

/** Everything that can be changed, by concept. A writer takes the counters, changes the row and says what it changed. */
export const writersOf = (tx: Transaction) => ({
  accounts: accountWriter(tx),
  consoleSessions: consoleSessionWriter(tx),
  services: serviceWriter(tx),
  roles: roleWriter(tx),
  contentTemplates: contentTemplateWriter(tx),
  users: userWriter(tx),
  conversations: conversationWriter(tx),
  participants: participantWriter(tx),
  messages: messageWriter(tx),
  seats: seatReader(tx),
  presences: presenceWriter(tx),
  purges: purgeWriter(tx),
  media: mediaWriter(tx),
  addressConfigurations: addressConfigurationWriter(tx),
  jobs: jobWriter(tx),
  deliveries: webhookDeliveryWriter(tx),
  receipts: receiptWriter(tx),
  webhooks: webhookConfigurationWriter(tx),
  pushCredentials: pushCredentialWriter(tx),
  notificationConfigurations: notificationConfigurationWriter(tx),
  pushBindings: pushBindingWriter(tx),
  pushes: pushWriter(tx),
  pushKeys: pushKeyWriter(tx),
  personalData: personalDataWriter(tx),
  erasures: erasureWriter(tx),
  emit: (change: Change) => tx.emit(change),
})
export type Writers = ReturnType<typeof writersOf>

/** The database: the truth about everything (design §4, §5). */
export interface Store {
  /** Reads what is committed. */
  readonly read: Readers
  /**
   * Runs `work` in a transaction and resolves after the commit. Writes that arrive together share one commit; each stands and fails alone.
   * `work` may run again when it lost a race, so it does nothing but read and write here. It awaits nothing but the transaction.
   */
  write<T>(work: (tx: Writers) => Promise<T>): Promise<T>
  /** Sends a message: the hot path, batched with all others that wait (design §5). Resolves after the commit. */
  append(request: Append): Promise<AppendedMessage>
  /**
   * Hears of every committed change of this process, in commit order, before the write that made it resolves; and, of what nodes keep in memory, a
   * little later what other nodes change.
   */
  onCommit(listener: (changes: readonly Change[]) => void): void
  /** Whether the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}
