import { recordMaker } from './record-maker.ts'
import type {
  AccountRow,
  AddressConfigurationRow,
  ApiKeyRow,
  CommitMarkRow,
  ConsoleSessionRow,
  ContentTemplateRow,
  ConversationRow,
  ErasureRow,
  JobLaneRow,
  JobRow,
  MediaRow,
  MessageRow,
  NotificationConfigurationRow,
  ParticipantRow,
  PresenceRow,
  PurgeRow,
  PushBindingRow,
  PushCredentialRow,
  PushKeyRow,
  PushRow,
  ReceiptRow,
  RoleRow,
  ServiceRow,
  UserRow,
  WebhookAttemptRow,
  WebhookConfigurationRow,
  WebhookDeliveryRow,
} from './schema.ts'
import type { Parameters } from './statement.ts'

/**
 * The columns of each table. Statements name them rather than say `*`: then a step of the schema that adds a column upsets no node that runs the
 * version before, nor what it has prepared.
 */
const columnsOf = <R>(names: Record<keyof R & string, true>) => Object.keys(names) as unknown as readonly (keyof R & string)[]

export const accountColumns = columnsOf<AccountRow>({
  sid: true,
  owner_account_sid: true,
  friendly_name: true,
  status: true,
  auth_token: true,
  secondary_auth_token: true,
  default_chat_service_sid: true,
  default_messaging_service_sid: true,
  default_inactive_timer: true,
  default_closed_timer: true,
  date_created: true,
  date_updated: true,
})

export const apiKeyColumns = columnsOf<ApiKeyRow>({
  sid: true,
  account_sid: true,
  friendly_name: true,
  secret: true,
  date_created: true,
  date_updated: true,
})

export const serviceColumns = columnsOf<ServiceRow>({
  sid: true,
  account_sid: true,
  friendly_name: true,
  default_conversation_creator_role_sid: true,
  default_conversation_role_sid: true,
  default_chat_service_role_sid: true,
  reachability_enabled: true,
  date_created: true,
  date_updated: true,
})

export const roleColumns = columnsOf<RoleRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  friendly_name: true,
  type: true,
  permissions: true,
  date_created: true,
  date_updated: true,
})

export const contentTemplateColumns = columnsOf<ContentTemplateRow>({
  sid: true,
  account_sid: true,
  friendly_name: true,
  language: true,
  variables: true,
  types: true,
  date_created: true,
  date_updated: true,
})

export const userColumns = columnsOf<UserRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  identity: true,
  friendly_name: true,
  attributes: true,
  role_sid: true,
  is_online: true,
  is_notifiable: true,
  conversations_event_id: true,
  info_event_id: true,
  friendly_name_event_id: true,
  attributes_event_id: true,
  reachability_event_id: true,
  date_created: true,
  date_updated: true,
})

export const conversationColumns = columnsOf<ConversationRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  messaging_service_sid: true,
  friendly_name: true,
  unique_name: true,
  attributes: true,
  state: true,
  state_updated: true,
  created_by: true,
  timer_inactive: true,
  timer_closed: true,
  date_inactive: true,
  date_closed: true,
  group_addresses: true,
  email_address: true,
  email_name: true,
  document_event_id: true,
  messages_event_id: true,
  roster_event_id: true,
  next_index: true,
  last_message_index: true,
  last_message_date: true,
  messages_count: true,
  participants_count: true,
  webhooks: true,
  date_created: true,
  date_updated: true,
})

export const participantColumns = columnsOf<ParticipantRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  type: true,
  identity: true,
  user_sid: true,
  address: true,
  proxy_address: true,
  projected_address: true,
  binding_name: true,
  binding_level: true,
  bound: true,
  attributes: true,
  role_sid: true,
  last_read_message_index: true,
  last_read_timestamp: true,
  notification_level: true,
  created_event_id: true,
  event_id: true,
  mine_created_event_id: true,
  mine_event_id: true,
  removed_at: true,
  date_created: true,
  date_updated: true,
})

export const messageColumns = columnsOf<MessageRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  position: true,
  author: true,
  participant_sid: true,
  body: true,
  subject: true,
  attributes: true,
  media: true,
  content_sid: true,
  delivery: true,
  channel_metadata: true,
  recipients: true,
  last_updated_by: true,
  created_event_id: true,
  event_id: true,
  removed_at: true,
  date_created: true,
  date_updated: true,
})

export const consoleSessionColumns = columnsOf<ConsoleSessionRow>({
  digest: true,
  account_sid: true,
  key_sid: true,
  proof: true,
  expires_at: true,
  ends_at: true,
  date_created: true,
})

export const presenceColumns = columnsOf<PresenceRow>({ user_sid: true, node_sid: true, expires_at: true })

export const mediaColumns = columnsOf<MediaRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  message_sid: true,
  user_sid: true,
  author: true,
  category: true,
  filename: true,
  content_type: true,
  size: true,
  sha256: true,
  is_multipart_upstream: true,
  blob_key: true,
  uploaded: true,
  expires_at: true,
  date_created: true,
  date_upload_updated: true,
  date_updated: true,
})

export const addressConfigurationColumns = columnsOf<AddressConfigurationRow>({
  sid: true,
  account_sid: true,
  type: true,
  address: true,
  friendly_name: true,
  address_country: true,
  auto_creation: true,
  date_created: true,
  date_updated: true,
})

export const receiptColumns = columnsOf<ReceiptRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  message_sid: true,
  participant_sid: true,
  channel_message_sid: true,
  status: true,
  error_code: true,
  date_created: true,
  date_updated: true,
})

export const erasureColumns = columnsOf<ErasureRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  identity: true,
  conversation_sid: true,
  position: true,
  event_id: true,
  conversations_left: true,
  messages_erased: true,
  media_erased: true,
  date_created: true,
  date_updated: true,
  date_completed: true,
})

export const purgeColumns = columnsOf<PurgeRow>({ sid: true, date_created: true })

export const jobColumns = columnsOf<JobRow>({
  position: true,
  sid: true,
  account_sid: true,
  kind: true,
  lane: true,
  pool: true,
  payload: true,
  state: true,
  run_at: true,
  attempts: true,
  last_error: true,
  date_created: true,
  date_updated: true,
})

export const jobLaneColumns = columnsOf<JobLaneRow>({ lane: true, pool: true, run_at: true, leased_by: true, leased_until: true })

export const webhookDeliveryColumns = columnsOf<WebhookDeliveryRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  webhook_sid: true,
  level: true,
  phase: true,
  event_type: true,
  url: true,
  method: true,
  parameters: true,
  idempotency_token: true,
  state: true,
  attempts: true,
  last_status: true,
  last_error: true,
  date_attempted: true,
  date_created: true,
  date_updated: true,
})

export const webhookAttemptColumns = columnsOf<WebhookAttemptRow>({
  delivery_sid: true,
  retry_count: true,
  request_headers: true,
  response_status: true,
  response_headers: true,
  response_body: true,
  error: true,
  date_started: true,
  duration: true,
})

export const webhookConfigurationColumns = columnsOf<WebhookConfigurationRow>({
  owner_sid: true,
  account_sid: true,
  chat_service_sid: true,
  method: true,
  filters: true,
  pre_webhook_url: true,
  post_webhook_url: true,
  target: true,
  pre_webhook_fail_closed: true,
  rest_webhook_enabled: true,
})

export const pushCredentialColumns = columnsOf<PushCredentialRow>({
  sid: true,
  account_sid: true,
  friendly_name: true,
  type: true,
  sandbox: true,
  secrets: true,
  key_id: true,
  team_id: true,
  topic: true,
  refusal: true,
  refused_at: true,
  date_created: true,
  date_updated: true,
})

export const notificationConfigurationColumns = columnsOf<NotificationConfigurationRow>({
  chat_service_sid: true,
  account_sid: true,
  log_enabled: true,
  new_message_enabled: true,
  new_message_template: true,
  new_message_sound: true,
  new_message_badge_count_enabled: true,
  new_message_with_media_enabled: true,
  new_message_with_media_template: true,
  added_to_conversation_enabled: true,
  added_to_conversation_template: true,
  added_to_conversation_sound: true,
  removed_from_conversation_enabled: true,
  removed_from_conversation_template: true,
  removed_from_conversation_sound: true,
})

export const pushBindingColumns = columnsOf<PushBindingRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  user_sid: true,
  identity: true,
  binding_type: true,
  credential_sid: true,
  address: true,
  endpoint: true,
  keys: true,
  message_types: true,
  connection: true,
  node_sid: true,
  online_until: true,
  date_created: true,
  date_updated: true,
})

export const pushColumns = columnsOf<PushRow>({
  sid: true,
  account_sid: true,
  chat_service_sid: true,
  conversation_sid: true,
  message_sid: true,
  user_sid: true,
  identity: true,
  binding_sid: true,
  binding_type: true,
  credential_sid: true,
  message_type: true,
  state: true,
  reason: true,
  attempts: true,
  provider_status: true,
  provider_answer: true,
  provider_id: true,
  payload: true,
  date_created: true,
  date_updated: true,
})

export const pushKeyColumns = columnsOf<PushKeyRow>({
  name: true,
  public_key: true,
  private_key: true,
  date_created: true,
})

/** The values of an `insert` or the changes of an `update`: each column takes the parameter of its name. */
export function parametersOf<R, C extends keyof R & string>(
  columns: readonly C[],
  p: Parameters<R>,
): { [K in C]: ReturnType<typeof p<K>> } {
  return Object.fromEntries(columns.map((column) => [column, p(column)])) as never
}

export const commitMarkColumns = columnsOf<CommitMarkRow>({ slot: true, number: true, date_updated: true })

/** Columns without those that never change, or that a statement leaves alone. */
export const without = <C extends string, L extends C>(columns: readonly C[], ...left: L[]) =>
  columns.filter((column) => !(left as readonly string[]).includes(column)) as Exclude<C, L>[]

/** Takes the columns of one table out of wider rows, where `prefix` stands before their names. */
export const columnsFrom = <R>(columns: readonly (keyof R & string)[], prefix = ''): ((wide: Readonly<Record<string, unknown>>) => R) =>
  recordMaker(columns.map((name) => [name, prefix + name]))
