import type {
  AccountStatus,
  AccountWebhookTarget,
  BindingType,
  ChannelType,
  ConversationState,
  CredentialType,
  DeliveryStatus,
  JobState,
  MediaCategory,
  NotificationLevel,
  PushMessageType,
  PushReason,
  PushState,
  RoleType,
  WebhookDeliveryState,
  WebhookMethod,
} from '@parley/protocol'

/**
 * The tables. Ids are text (SIDs), instants are integer milliseconds, JSON is text, booleans are 0 and 1: the same on SQLite and PostgreSQL.
 *
 * A row that is an item of a Sync list or map carries `created_event_id` and `event_id`, the ids of the events that made it and last
 * changed it; a removed one stays as a tombstone with `removed_at` (design §4).
 */
export interface Schema {
  accounts: AccountRow
  api_keys: ApiKeyRow
  services: ServiceRow
  roles: RoleRow
  content_templates: ContentTemplateRow
  users: UserRow
  conversations: ConversationRow
  participants: ParticipantRow
  messages: MessageRow
  presences: PresenceRow
  purges: PurgeRow
  media: MediaRow
  push_credentials: PushCredentialRow
  notification_configurations: NotificationConfigurationRow
  push_bindings: PushBindingRow
  pushes: PushRow
  push_keys: PushKeyRow
  console_sessions: ConsoleSessionRow
  address_configurations: AddressConfigurationRow
  jobs: JobRow
  job_lanes: JobLaneRow
  webhook_deliveries: WebhookDeliveryRow
  webhook_attempts: WebhookAttemptRow
  receipts: ReceiptRow
  webhook_configurations: WebhookConfigurationRow
  erasures: ErasureRow
  commit_marks: CommitMarkRow
}

type Flag = 0 | 1

export interface AccountRow {
  sid: string
  /** The account that made this one; its own SID for the account of the first start. */
  owner_account_sid: string
  friendly_name: string
  status: AccountStatus
  /** Encrypted, as all secrets: the key is in the configuration. */
  auth_token: string
  secondary_auth_token: string | null
  default_chat_service_sid: string
  default_messaging_service_sid: string | null
  default_inactive_timer: string | null
  default_closed_timer: string | null
  date_created: number
  date_updated: number
}

export interface ApiKeyRow {
  sid: string
  account_sid: string
  friendly_name: string
  secret: string
  date_created: number
  date_updated: number
}

/** Somebody who is signed in to the console. What their browser keeps cannot be made from this. */
export interface ConsoleSessionRow {
  /** SHA-256 of what the browser keeps, in base64url. */
  digest: string
  account_sid: string
  /** The API key that was shown; null when it was an auth token. */
  key_sid: string | null
  /** Made from the secret that was shown: whether it is still one of theirs can be told by it, and nothing else. */
  proof: string
  /** When it ends, unless it is used before. */
  expires_at: number
  /** When it ends at the latest. */
  ends_at: number
  date_created: number
}

export interface ServiceRow {
  sid: string
  account_sid: string
  friendly_name: string
  default_conversation_creator_role_sid: string
  default_conversation_role_sid: string
  default_chat_service_role_sid: string
  reachability_enabled: Flag
  date_created: number
  date_updated: number
}

export interface RoleRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  friendly_name: string
  type: RoleType
  /** JSON array of permission names. */
  permissions: string
  date_created: number
  date_updated: number
}

/** A message made beforehand, with gaps to fill. */
export interface ContentTemplateRow {
  sid: string
  account_sid: string
  friendly_name: string | null
  language: string
  /** JSON object: the name of each gap, and what fills it when nothing else does. */
  variables: string
  /** JSON object: the forms it can take, by type, such as `twilio/card`. */
  types: string
  date_created: number
  date_updated: number
}

export interface UserRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  identity: string
  friendly_name: string | null
  attributes: string
  role_sid: string
  is_online: Flag
  is_notifiable: Flag
  /** Counter of the user's my-conversations map. */
  conversations_event_id: number
  /** Counter of the user-info map, and the event that last changed each of its three items. */
  info_event_id: number
  friendly_name_event_id: number
  attributes_event_id: number
  reachability_event_id: number
  date_created: number
  date_updated: number
}

export interface ConversationRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  messaging_service_sid: string | null
  friendly_name: string | null
  unique_name: string | null
  attributes: string
  state: ConversationState
  state_updated: number
  created_by: string | null
  /** ISO 8601 durations, null when off. */
  timer_inactive: string | null
  timer_closed: string | null
  /** When the timers fall due, null when not armed. */
  date_inactive: number | null
  date_closed: number | null
  /** The numbers of a group that writes by MMS, sorted: nobody else's while it is open. Null for all others. */
  group_addresses: string | null
  email_address: string | null
  email_name: string | null
  /** Counters of the document, the messages list and the roster map. */
  document_event_id: number
  messages_event_id: number
  roster_event_id: number
  /** The index the next message gets. */
  next_index: number
  /** The newest message that still exists. */
  last_message_index: number | null
  last_message_date: number | null
  messages_count: number
  participants_count: number
  /** JSON array of its webhooks (conversation-webhooks.ts), or null. */
  webhooks: string | null
  date_created: number
  date_updated: number
}

export interface ParticipantRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  conversation_sid: string
  type: ChannelType
  identity: string | null
  user_sid: string | null
  address: string | null
  proxy_address: string | null
  projected_address: string | null
  /** E-mail only. */
  binding_name: string | null
  binding_level: string | null
  /** 1 while this row holds its address pair: it is not removed and the conversation is not closed. */
  bound: Flag
  attributes: string
  role_sid: string | null
  last_read_message_index: number | null
  last_read_timestamp: number | null
  notification_level: NotificationLevel
  /** As item of the roster. */
  created_event_id: number
  event_id: number
  /** As item of the user's my-conversations map; null for participants without identity. */
  mine_created_event_id: number | null
  mine_event_id: number | null
  removed_at: number | null
  date_created: number
  date_updated: number
}

export interface MessageRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  conversation_sid: string
  /** The message's index in its conversation: unique and increasing, with gaps. */
  position: number
  author: string
  participant_sid: string | null
  body: string | null
  subject: string | null
  attributes: string
  /** JSON array of `{sid, category, filename, content_type, size}`, or null. */
  media: string | null
  content_sid: string | null
  /** JSON of the delivery summary, or null. */
  delivery: string | null
  /** JSON of what its channel says beyond the text, `{type, data}`, or null. */
  channel_metadata: string | null
  /** JSON array of whom an e-mail went to and came from, `{type, level, name, address}`; never empty, or null. */
  recipients: string | null
  last_updated_by: string | null
  created_event_id: number
  event_id: number
  removed_at: number | null
  date_created: number
  date_updated: number
}

/** A user is online while some live node has a row here. */
export interface PresenceRow {
  user_sid: string
  node_sid: string
  /** The node renews it; a node that stopped without a word is forgotten after this instant. */
  expires_at: number
}

/** A conversation or service that was deleted, and whose rows are still to be taken away (purges.ts). */
export interface PurgeRow {
  sid: string
  date_created: number
}

/** A file that was uploaded, or is on its way (blobs/ keeps its bytes). */
export interface MediaRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  /** The message it was sent in, once it was; a media is sent once. */
  conversation_sid: string | null
  message_sid: string | null
  /** The user who uploaded it; null when the account did. */
  user_sid: string | null
  author: string
  category: MediaCategory
  filename: string | null
  content_type: string
  /** In bytes. */
  size: number
  /** Of its bytes, in base64url; null until they are there. */
  sha256: string | null
  /** Whether it came as part of a form. */
  is_multipart_upstream: Flag
  blob_key: string
  /** 1 while all its bytes are there. */
  uploaded: Flag
  /** When it is taken away; null for what was sent, as long as its message lives. */
  expires_at: number | null
  date_created: number
  date_upload_updated: number
  date_updated: number
}

/** How messages to an address of the account are taken, when no conversation waits for them. */
export interface AddressConfigurationRow {
  sid: string
  account_sid: string
  type: ChannelType
  /** One of its kind in the account. */
  address: string
  friendly_name: string | null
  address_country: string | null
  /** JSON of `AutoCreation`. */
  auto_creation: string
  date_created: number
  date_updated: number
}

/** Work that goes on after a commit (jobs.ts). What is done is gone. */
export interface JobRow {
  /** In the order of insertion, which is the order of the work of one lane. */
  position: number
  sid: string
  account_sid: string
  /** Who does it: `webhook`, `push`, … */
  kind: string
  /** Jobs of one lane are done one after the other. */
  lane: string
  /** Lanes of one pool share a limit of how many are worked on at once. */
  pool: string
  /** JSON. */
  payload: string
  state: JobState
  /** Not before this instant. */
  run_at: number
  /** How often it was tried. */
  attempts: number
  last_error: string | null
  date_created: number
  date_updated: number
}

/** A lane with waiting jobs: what a node takes to work on. */
export interface JobLaneRow {
  lane: string
  pool: string
  /** When its first job is to run. */
  run_at: number
  /** The node that works on it. */
  leased_by: string | null
  /** On the machines' clock; a node that does not renew it has stopped. 0 when nobody works on it. */
  leased_until: number
}

/** A webhook that was called, or is to be called: what is sent, and what became of it. */
export interface WebhookDeliveryRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  conversation_sid: string | null
  /** The conversation's webhook; null for one of the account or service. */
  webhook_sid: string | null
  level: 'account' | 'service' | 'conversation'
  phase: 'pre' | 'post'
  event_type: string
  /** As configured. */
  url: string
  method: 'GET' | 'POST'
  /** JSON: pairs of name and value in the order in which they are sent, without `RetryCount`. */
  parameters: string
  /** The same in all attempts. */
  idempotency_token: string
  state: WebhookDeliveryState
  attempts: number
  /** The HTTP status of the last answer. */
  last_status: number | null
  last_error: string | null
  /** When the last attempt ended. */
  date_attempted: number | null
  date_created: number
  date_updated: number
}

/** One try of a delivery. */
export interface WebhookAttemptRow {
  delivery_sid: string
  /** From 0: the `RetryCount` that was sent. */
  retry_count: number
  /** JSON objects; secrets are taken out. */
  request_headers: string
  response_status: number | null
  response_headers: string | null
  /** Its beginning. */
  response_body: string | null
  error: string | null
  date_started: number
  /** In milliseconds. */
  duration: number
}

/** What became of a message on its way to one participant by address; the latest word only. */
export interface ReceiptRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  conversation_sid: string
  message_sid: string
  participant_sid: string
  /** Of the message on its channel. */
  channel_message_sid: string
  /** Null until its channel has said anything. */
  status: DeliveryStatus | null
  /** 0 when there is none. */
  error_code: number
  date_created: number
  date_updated: number
}

/** The webhooks of an account, or of a service. */
export interface WebhookConfigurationRow {
  /** The service, or the account. */
  owner_sid: string
  account_sid: string
  /** Null for the webhooks of the account. */
  chat_service_sid: string | null
  method: WebhookMethod
  /** JSON array of the events that are sent. */
  filters: string
  pre_webhook_url: string | null
  post_webhook_url: string | null
  /** `flex`, which an account may say, means that nothing is sent. */
  target: AccountWebhookTarget
  /** Whether an action is refused when the webhook cannot be asked; null: as the server's setting says. */
  pre_webhook_fail_closed: Flag | null
  /** Whether what is done by REST fires without being told to; null: as the server's setting says. */
  rest_webhook_enabled: Flag | null
}

/** With what pushes are sent to a provider. */
export interface PushCredentialRow {
  sid: string
  account_sid: string
  friendly_name: string | null
  type: CredentialType
  sandbox: Flag
  /** Encrypted JSON of `certificate`, `private_key`, `api_key` and `secret`. */
  secrets: string
  /** APNs with a token: the key's name, the team's, and the app's bundle id. */
  key_id: string | null
  team_id: string | null
  topic: string | null
  /** What the provider said when it refused the credential last. */
  refusal: string | null
  refused_at: number | null
  date_created: number
  date_updated: number
}

/** What a service tells by push; no row where nobody has configured it. A template that is null is the default one. */
export interface NotificationConfigurationRow {
  chat_service_sid: string
  account_sid: string
  log_enabled: Flag
  new_message_enabled: Flag
  new_message_template: string | null
  new_message_sound: string | null
  new_message_badge_count_enabled: Flag
  new_message_with_media_enabled: Flag
  new_message_with_media_template: string | null
  added_to_conversation_enabled: Flag
  added_to_conversation_template: string | null
  added_to_conversation_sound: string | null
  removed_from_conversation_enabled: Flag
  removed_from_conversation_template: string | null
  removed_from_conversation_sound: string | null
}

/** A device of a user that wants pushes. In a service a device is bound once, to whoever bound it last. */
export interface PushBindingRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  user_sid: string
  identity: string
  binding_type: BindingType
  /** Named by the token it was made with; null when that named none. */
  credential_sid: string | null
  /** The provider's name for the device; the URL of a subscription for web push. */
  address: string
  endpoint: string | null
  /** Web push: encrypted JSON of `p256dh` and `auth`. */
  keys: string | null
  /** JSON array of message types. */
  message_types: string
  /** Names the client's connection, across its breaks, that made it. */
  connection: string | null
  /** The node that has that connection, which renews `online_until`. */
  node_sid: string | null
  online_until: number | null
  date_created: number
  date_updated: number
}

/** One push to one device: it is written when it is decided on, and kept for a while as a log. */
export interface PushRow {
  sid: string
  account_sid: string
  chat_service_sid: string
  conversation_sid: string | null
  message_sid: string | null
  user_sid: string
  identity: string
  binding_sid: string
  binding_type: BindingType
  credential_sid: string | null
  message_type: PushMessageType
  state: PushState
  reason: PushReason | null
  attempts: number
  provider_status: number | null
  provider_answer: string | null
  provider_id: string | null
  /** Kept only while the service's log is enabled. */
  payload: string | null
  date_created: number
  date_updated: number
}

/** A key pair of this installation. */
export interface PushKeyRow {
  name: 'vapid'
  /** Uncompressed point, in base64url: what browsers subscribe with. */
  public_key: string
  /** Encrypted JWK. */
  private_key: string
  date_created: number
}

/** The erasure of a user: what is needed to go on with it, and, when it is completed, that it was. */
export interface ErasureRow {
  /** Of the user. */
  sid: string
  account_sid: string
  chat_service_sid: string
  /** Null when it is completed. */
  identity: string | null
  /**
   * The conversation that is worked on, and how far its messages, and what its events have left, are done. In the end `position` is the instant up
   * to which the log of webhooks is done.
   */
  conversation_sid: string | null
  position: number
  event_id: number
  conversations_left: number
  messages_erased: number
  media_erased: number
  date_created: number
  date_updated: number
  date_completed: number | null
}

/** The last transaction that has committed in a slot of a process (PostgreSQL only). */
export interface CommitMarkRow {
  slot: string
  number: number
  date_updated: number
}
