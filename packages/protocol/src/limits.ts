/** One bound that Parley keeps. `original` is the vendor's value, `open` ours by default where it differs. */
export interface Limit {
  original: number
  open?: number
  unit: 'characters' | 'bytes' | 'items' | 'per second' | 'milliseconds' | 'megabytes'
  doc: string
}

/**
 * Every bound, in one place (rest-api §7, design §6). Each is a setting: `messageBodyBytes` is `PARLEY_LIMIT_MESSAGE_BODY_BYTES`.
 * Shapes and sizes hold in both profiles. Quotas (counts of conversations, actions per second) hold only with
 * `PARLEY_LIMITS=twilio`: in the open profile they are `Infinity`, which means "not limited".
 */
export const limitCatalogue = {
  friendlyNameLength: { original: 256, unit: 'characters', doc: 'friendly name of a conversation, service, role or user' },
  uniqueNameLength: { original: 256, unit: 'characters', doc: 'unique name of a conversation' },
  identityLength: { original: 256, unit: 'characters', doc: 'identity of a user or participant' },
  addressLength: { original: 256, unit: 'characters', doc: 'address or proxy address of a participant' },
  webhookUrlLength: { original: 512, unit: 'characters', doc: 'URL of a webhook of one conversation' },
  authorLength: { original: 256, unit: 'characters', doc: 'author of a message' },
  subjectLength: { original: 256, unit: 'characters', doc: 'subject of a message' },
  messageBodyBytes: { original: 32_768, unit: 'bytes', doc: 'body of a message' },
  conversationAttributesBytes: { original: 16_384, unit: 'bytes', doc: 'attributes of a conversation' },
  messageAttributesBytes: { original: 4_096, unit: 'bytes', doc: 'attributes of a message' },
  participantAttributesBytes: { original: 4_096, unit: 'bytes', doc: 'attributes of a participant' },
  userAttributesBytes: { original: 4_096, unit: 'bytes', doc: 'attributes of a user' },
  channelMetadataBytes: { original: 16_384, unit: 'bytes', doc: 'what a channel says of a message beyond its text' },
  recipientsPerMessage: { original: 500, unit: 'items', doc: 'recipients of one e-mail' },
  participantsPerConversation: { original: 1_000, open: 10_000, unit: 'items', doc: 'participants of one conversation' },
  nonChatParticipantsPerConversation: { original: 50, unit: 'items', doc: 'participants with an address in one conversation' },
  participantsPerRequest: { original: 10, unit: 'items', doc: 'participants that one request makes a conversation with' },
  groupParticipants: { original: 10, unit: 'items', doc: 'participants of a group that writes by MMS' },
  conversationsPerIdentity: {
    original: 1_000,
    open: Number.POSITIVE_INFINITY,
    unit: 'items',
    doc: 'conversations that are not closed of one identity',
  },
  actionsPerSecond: {
    original: 30,
    open: Number.POSITIVE_INFINITY,
    unit: 'per second',
    doc: 'writes per second in one conversation, or on one service',
  },
  connectionsPerAccount: {
    original: 7_000,
    open: Number.POSITIVE_INFINITY,
    unit: 'items',
    doc: 'connections of the users of one account',
  },
  webhooksPerConversation: { original: 5, unit: 'items', doc: 'webhooks of one conversation' },
  triggersPerWebhook: { original: 5, unit: 'items', doc: 'keywords that one webhook of a conversation listens for' },
  triggerLength: { original: 248, unit: 'characters', doc: 'one such keyword' },
  contentTemplateBytes: { original: 65_536, unit: 'bytes', doc: 'the types of a content template, as JSON' },
  contentVariables: { original: 100, unit: 'items', doc: 'variables of one message or content template' },
  contentVariableKeyLength: { original: 16, unit: 'characters', doc: 'name of a content variable' },
  contentVariableValueLength: { original: 256, unit: 'characters', doc: 'value of a content variable' },
  contentVariablesLength: { original: 27_801, unit: 'characters', doc: 'the variables of one message or content template, as JSON' },
  unreadMessagesCount: { original: 1_000, unit: 'items', doc: 'unread messages that are counted' },
  credentialFriendlyNameLength: { original: 64, unit: 'characters', doc: 'friendly name of a push credential' },
  credentialSecretBytes: { original: 32_768, unit: 'bytes', doc: 'certificate, key or service account of a push credential' },
  notificationTemplateLength: { original: 1_024, unit: 'characters', doc: 'template of a push notification' },
  notificationSoundLength: { original: 256, unit: 'characters', doc: 'name of the sound of a push notification' },
  pushAddressBytes: { original: 2_048, unit: 'bytes', doc: 'address of a device for pushes' },
  pushBindingsPerUser: {
    original: 50,
    unit: 'items',
    doc: 'devices of one user that get pushes; the one registered longest ago makes room',
  },
  requestBodyBytes: { original: 1_048_576, unit: 'bytes', doc: 'body of a REST request other than media' },
  mediaMegabytes: { original: 150, unit: 'megabytes', doc: 'one media file' },
  mediaMegabytesPerMessage: { original: 150, unit: 'megabytes', doc: 'all media of one message together' },
  mediaPerMessage: { original: 10, unit: 'items', doc: 'media of one message' },
  uploadMilliseconds: { original: 3_600_000, unit: 'milliseconds', doc: 'time an upload may take' },
  transferIdleMilliseconds: { original: 30_000, unit: 'milliseconds', doc: 'silence that ends an upload or a download' },
  requestParameters: { original: 1_000, unit: 'items', doc: 'parameters of a REST request' },
  frameBytes: { original: 1_048_576, unit: 'bytes', doc: 'one websocket frame from a client' },
  frameHeaderBytes: { original: 65_536, unit: 'bytes', doc: 'the JSON header of one frame' },
  requestsInFlight: {
    original: 100,
    unit: 'items',
    doc: 'requests of one connection that are worked on at a time; others wait their turn',
  },
  requestsWaiting: { original: 20_000, unit: 'items', doc: 'requests of one connection that may wait; more of them end the connection' },
  requestsPerSecond: { original: 500, open: 5_000, unit: 'per second', doc: 'requests of one connection; faster ones are slowed down' },
  subscriptionsPerConnection: { original: 10_000, open: 100_000, unit: 'items', doc: 'Sync objects that one connection watches' },
  subscriptionsPerRequest: { original: 1_000, unit: 'items', doc: 'Sync objects in one subscription request' },
  outgoingBufferBytes: {
    original: 4_194_304,
    open: 16_777_216,
    unit: 'bytes',
    doc: 'what may wait in the socket of a client that does not read',
  },
  initMilliseconds: { original: 30_000, unit: 'milliseconds', doc: 'time a new connection has to identify itself' },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limitCatalogue

/** The bounds in force. */
export type Limits = Readonly<Record<LimitName, number>>

/** The name of the setting that holds a limit. */
export function limitSetting(name: LimitName): string {
  return `PARLEY_LIMIT_${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`
}

/** The bounds of a profile: `open` protects the process and meters nobody, `twilio` has the original's quotas too. */
export function limitsOf(profile: 'open' | 'twilio', changes: Partial<Record<LimitName, number>> = {}): Limits {
  const names = Object.keys(limitCatalogue) as LimitName[]
  const values = names.map((name) => {
    const limit: Limit = limitCatalogue[name]
    return [name, changes[name] ?? (profile === 'open' ? (limit.open ?? limit.original) : limit.original)]
  })
  return Object.fromEntries(values) as Limits
}
