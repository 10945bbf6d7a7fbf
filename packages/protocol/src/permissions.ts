/** What a role may allow an SDK user to do (rest-api §5). REST callers with account or key credentials are not bound by roles. */
export const permissions = [
  'createConversation',
  'joinConversation',
  'editOwnUserInfo',
  'editAnyUserInfo',
  'addParticipant',
  'removeParticipant',
  'addNonChatParticipant',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'sendMessage',
  'sendMediaMessage',
  'leaveConversation',
  'editOwnMessage',
  'editOwnMessageAttributes',
  'editAnyMessage',
  'editAnyMessageAttributes',
  'deleteOwnMessage',
  'deleteAnyMessage',
  'editOwnParticipantAttributes',
  'editAnyParticipantAttributes',
  'editNotificationLevel',
] as const

export type Permission = (typeof permissions)[number]

/** A role works inside one conversation, or in every conversation of its service. */
export const roleTypes = ['conversation', 'service'] as const
export type RoleType = (typeof roleTypes)[number]

const conversationAdmin: Permission[] = [
  'addParticipant',
  'removeParticipant',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'editAnyMessage',
  'editAnyMessageAttributes',
  'deleteAnyMessage',
  'editAnyParticipantAttributes',
]

interface DefaultRole {
  friendly_name: string
  type: RoleType
  permissions: readonly Permission[]
}

/** The four roles that every new service starts with (rest-api §5, table "Permissions and default roles"). */
export const defaultRoles = {
  serviceAdmin: {
    friendly_name: 'service admin',
    type: 'service',
    permissions: ['createConversation', 'joinConversation', 'editAnyUserInfo', ...conversationAdmin],
  },
  serviceUser: {
    friendly_name: 'service user',
    type: 'service',
    permissions: ['createConversation', 'joinConversation', 'editOwnUserInfo'],
  },
  channelAdmin: {
    friendly_name: 'channel admin',
    type: 'conversation',
    permissions: [
      ...conversationAdmin,
      'addNonChatParticipant',
      'sendMessage',
      'sendMediaMessage',
      'leaveConversation',
      'editNotificationLevel',
    ],
  },
  channelUser: {
    friendly_name: 'channel user',
    type: 'conversation',
    permissions: [
      'sendMessage',
      'sendMediaMessage',
      'leaveConversation',
      'editOwnMessage',
      'editOwnMessageAttributes',
      'deleteOwnMessage',
      'editOwnParticipantAttributes',
      'editNotificationLevel',
    ],
  },
} as const satisfies Record<string, DefaultRole>
