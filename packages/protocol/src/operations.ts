/**
 * The operations of the original's REST APIs that concern us, by their names there. What a server has beyond them is an extension of ours.
 *
 * A route of ours may call the names in a path otherwise: `pathKey` makes both alike.
 */
export interface OriginalOperation {
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v1/Conversations/{Sid}` */
  path: string
  api: OriginalApi
  /** Whether it takes `X-Twilio-Webhook-Enabled` (rest-api §1.10). */
  webhooks: boolean
}

/** The APIs of the original: conversations, their media, content templates, accounts and keys. */
export type OriginalApi = 'conversations' | 'media' | 'content' | 'accounts' | 'keys'

const verbs = {
  L: ['GET', 'List'],
  C: ['POST', 'Create'],
  F: ['GET', 'Fetch'],
  U: ['POST', 'Update'],
  P: ['PUT', 'Update'],
  D: ['DELETE', 'Delete'],
} as const

type Verb = keyof typeof verbs
/** A path, what its resource is called, what can be done there, and whether that may call webhooks. */
type Family = readonly [path: string, name: string, can: string, webhooks?: 'webhooks']

const conversation = '/Conversations/{ConversationSid}'

/** On the default service, and the same again on a service in the path (rest-api §2). */
const ofEveryService: Family[] = [
  ['/Conversations', 'Conversation', 'LC', 'webhooks'],
  ['/Conversations/{Sid}', 'Conversation', 'FUD', 'webhooks'],
  [`${conversation}/Messages`, 'ConversationMessage', 'LC', 'webhooks'],
  [`${conversation}/Messages/{Sid}`, 'ConversationMessage', 'FUD', 'webhooks'],
  [`${conversation}/Messages/{MessageSid}/Receipts`, 'ConversationMessageReceipt', 'L'],
  [`${conversation}/Messages/{MessageSid}/Receipts/{Sid}`, 'ConversationMessageReceipt', 'F'],
  [`${conversation}/Participants`, 'ConversationParticipant', 'LC', 'webhooks'],
  [`${conversation}/Participants/{Sid}`, 'ConversationParticipant', 'FUD', 'webhooks'],
  [`${conversation}/Webhooks`, 'ConversationScopedWebhook', 'LC'],
  [`${conversation}/Webhooks/{Sid}`, 'ConversationScopedWebhook', 'FUD'],
  ['/ConversationWithParticipants', 'ConversationWithParticipants', 'C', 'webhooks'],
  ['/ParticipantConversations', 'ParticipantConversation', 'L'],
  ['/Users', 'User', 'LC', 'webhooks'],
  ['/Users/{Sid}', 'User', 'FUD', 'webhooks'],
  ['/Users/{UserSid}/Conversations', 'UserConversation', 'L'],
  ['/Users/{UserSid}/Conversations/{ConversationSid}', 'UserConversation', 'FUD'],
  ['/Roles', 'Role', 'LC'],
  ['/Roles/{Sid}', 'Role', 'FUD'],
  ['/Configuration', 'Configuration', 'FU'],
]
const ofAccount: Family[] = [
  ['/Services', 'Service', 'LC'],
  ['/Services/{Sid}', 'Service', 'FD'],
  ['/Configuration/Addresses', 'ConfigurationAddress', 'LC'],
  ['/Configuration/Addresses/{Sid}', 'ConfigurationAddress', 'FUD'],
  ['/Configuration/Webhooks', 'ConfigurationWebhook', 'FU'],
  ['/Credentials', 'Credential', 'LC'],
  ['/Credentials/{Sid}', 'Credential', 'FUD'],
]
const ofNamedService: Family[] = [
  ['/Configuration/Notifications', 'Notification', 'FU'],
  ['/Configuration/Webhooks', 'WebhookConfiguration', 'FU'],
  ['/Bindings', 'Binding', 'L'],
  ['/Bindings/{Sid}', 'Binding', 'FD'],
]

/** Beside the conversations API (rest-api §6). The media API has no names; these are ours. */
const media: Family[] = [
  ['/Media', 'Media', 'C'],
  ['/Media/{Sid}', 'Media', 'F'],
  ['/Media/{Sid}/Content', 'MediaContent', 'F'],
  ['/MediaSet', 'MediaSet', 'C'],
]
const content: Family[] = [
  ['/Content', 'Content', 'LC'],
  ['/Content/{Sid}', 'Content', 'FPD'],
]
const accounts: Family[] = [
  ['/Accounts.json', 'Account', 'LC'],
  ['/Accounts/{Sid}.json', 'Account', 'FU'],
  ['/Accounts/{AccountSid}/Keys.json', 'AccountKey', 'LC'],
  ['/Accounts/{AccountSid}/Keys/{Sid}.json', 'AccountKey', 'FUD'],
  ['/Accounts/{AccountSid}/SigningKeys.json', 'AccountSigningKey', 'LC'],
  ['/Accounts/{AccountSid}/SigningKeys/{Sid}.json', 'AccountSigningKey', 'FUD'],
]
const keys: Family[] = [
  ['/Keys', 'Key', 'LC'],
  ['/Keys/{Sid}', 'Key', 'FUD'],
]

const serviceRoot = '/v1/Services/{ChatServiceSid}'

function operationsOf(api: OriginalApi, root: string, families: readonly Family[], insert = ''): OriginalOperation[] {
  return families.flatMap(([path, name, can, webhooks]) =>
    [...can].map((letter) => {
      const [method, verb] = verbs[letter as Verb]
      return { id: verb + insert + name, method, path: root + path, api, webhooks: webhooks !== undefined && method !== 'GET' }
    }),
  )
}

/** Every operation of the original that concerns us, the 103 of the conversations API among them. */
export const originalOperations: readonly OriginalOperation[] = [
  ...operationsOf('conversations', '/v1', [...ofEveryService, ...ofAccount]),
  ...operationsOf('conversations', serviceRoot, [...ofEveryService, ...ofNamedService], 'Service'),
  ...operationsOf('media', serviceRoot, media),
  ...operationsOf('content', '/v1', content),
  ...operationsOf('accounts', '/2010-04-01', accounts),
  ...operationsOf('keys', '/v1', keys),
]

/** A method and a path without the names in it: the same for `/v1/Users/:user` and `/v1/Users/{Sid}`. */
const pathKey = (method: string, path: string) => `${method} ${path.replace(/\{\w+\}|:\w+/g, '{}')}`

const byKey = new Map(originalOperations.map((operation) => [pathKey(operation.method, operation.path), operation]))

/** The original's operation that a route serves; `undefined` for an extension. */
export const originalOperation = (method: string, path: string): OriginalOperation | undefined => byKey.get(pathKey(method, path))
