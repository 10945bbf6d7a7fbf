import {
  AddParticipant,
  CreateConversation,
  decodeJson,
  isSid,
  ParleyError,
  SendMessage,
  syncObjectName,
  UpdateConversation,
  UpdateMessage,
  UpdateParticipant,
  UpdateUser,
  UpdateUserConversation,
} from '@parley/protocol'
import { createConversation } from '../../domain/conversations/create-conversation.ts'
import { removeConversation } from '../../domain/conversations/remove-conversation.ts'
import { updateConversation } from '../../domain/conversations/update-conversation.ts'
import { removeMessage } from '../../domain/messages/remove-message.ts'
import { sendMessage } from '../../domain/messages/send-message.ts'
import { updateMessage } from '../../domain/messages/update-message.ts'
import { addParticipant } from '../../domain/participants/add-participant.ts'
import { removeParticipant } from '../../domain/participants/remove-participant.ts'
import { updateParticipant } from '../../domain/participants/update-participant.ts'
import { countUnread } from '../../domain/user-conversations/count-unread.ts'
import { updateUserConversation } from '../../domain/user-conversations/update-user-conversation.ts'
import { getUser } from '../../domain/users/find-user.ts'
import { updateUser } from '../../domain/users/update-user.ts'
import type { ConversationRow, MessageRow } from '../../storage/schema.ts'
import { opensConversation } from '../commands/participants.ts'
import type { Command } from '../upstream.ts'

/** The commands of SDK 1.x (wire-protocol-1x): each is one operation of the domain, under an older name. */
type Request = Readonly<Record<string, unknown>>
/** What an action needs to know of where it was asked for. */
type Asked = Pick<Command, 'ctx' | 'hub' | 'session' | 'pacing'>
type Action = (command: Asked, request: Request) => Promise<unknown>

const missing = (field: string) => new ParleyError('parameter-missing', { text: `Missing required parameter ${field}`, details: { field } })

function textIn(request: Request, ...names: string[]): string {
  const found = names.map((name) => request[name]).find((value) => value !== undefined && value !== null)
  if (typeof found !== 'string') throw missing(names[0] as string)
  return found
}

/** Attributes come as JSON or as what it stands for. */
const attributesIn = ({ attributes }: Request): { attributes?: string } =>
  attributes === undefined ? {} : { attributes: typeof attributes === 'string' ? attributes : JSON.stringify(attributes) }

/** Members that were sent, by our names. */
function renamed(request: Request, names: Record<string, string>): Record<string, unknown> {
  const entries = Object.entries(names).map(([theirs, ours]) => [ours, request[theirs]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

async function conversationIn({ ctx, session }: Asked, request: Request): Promise<ConversationRow> {
  const sid = textIn(request, 'channelSid', 'conversationSid')
  const conversation = isSid('conversation', sid) ? await ctx.store.read.conversations.find(sid) : undefined
  if (conversation?.chat_service_sid !== session.actor.chat_service_sid) throw new ParleyError('conversation-not-found')
  return conversation
}

/** The message with the index that is meant. */
async function messageIn({ ctx }: Asked, conversation_sid: string, { messageIdx }: Request): Promise<MessageRow> {
  const index = Number(messageIdx)
  if (!Number.isSafeInteger(index)) throw new ParleyError('message-index-invalid', { details: { field: 'messageIdx' } })
  const [message] = await ctx.store.read.messages.from(conversation_sid, index, false, 1)
  if (message?.position !== index) throw new ParleyError('message-not-found')
  return message
}

const editConversation =
  (names: Record<string, string>): Action =>
  async (command, request) => {
    const { ctx, session } = command
    const { sid } = await conversationIn(command, request)
    const params = { ...renamed(request, names), ...(names['attributes'] ? attributesIn(request) : {}) }
    await updateConversation(ctx, session.actor, sid, decodeJson(UpdateConversation, params, ctx.limits))
  }

const send =
  (names: Record<string, string>): Action =>
  async ({ ctx, session }, request) => {
    const params = decodeJson(SendMessage, { ...renamed(request, names), ...attributesIn(request) }, ctx.limits)
    const { message } = await sendMessage(ctx, session.actor, textIn(request, 'channelSid'), params)
    return { messageId: message.position, messageSid: message.sid }
  }

const editMessage: Action = async (command, request) => {
  const { ctx, session } = command
  const { sid } = await conversationIn(command, request)
  const message = await messageIn(command, sid, request)
  const params = { ...renamed(request, { text: 'body' }), ...attributesIn(request) }
  await updateMessage(ctx, session.actor, sid, message.sid, decodeJson(UpdateMessage, params, ctx.limits))
}

const add: Action = async (command, request) => {
  const { ctx, session } = command
  const { sid } = await conversationIn(command, request)
  const { proxyAddress: proxy_address, address } = request
  const who = request['username'] === undefined ? { messaging_binding: { address, proxy_address } } : { identity: request['username'] }
  const params = decodeJson(AddParticipant, { ...who, ...attributesIn(request) }, ctx.limits)
  const { participant } = await addParticipant(ctx, session.actor, sid, params)
  return { participantSid: participant.sid }
}

const removeMember: Action = async (command, request) => {
  const { sid } = await conversationIn(command, request)
  await removeParticipant(command.ctx, command.session.actor, sid, textIn(request, 'memberSid', 'username'))
}

const editMember: Action = async (command, request) => {
  const { ctx, session } = command
  const { sid } = await conversationIn(command, request)
  const params = decodeJson(UpdateParticipant, attributesIn(request), ctx.limits)
  await updateParticipant(ctx, session.actor, sid, textIn(request, 'username', 'memberSid'), params)
}

const editUser: Action = async ({ ctx, session }, request) => {
  const user = await getUser(ctx.store.read, session.actor.chat_service_sid, textIn(request, 'username'))
  const params = { ...renamed(request, { friendlyName: 'friendly_name' }), ...attributesIn(request) }
  await updateUser(ctx, session.actor, user.sid, decodeJson(UpdateUser, params, ctx.limits))
}

const mostReports = 1_000

/** Read positions, and how much is left unread behind them. */
const reportReading: Action = async (command, { report }) => {
  const { ctx, session } = command
  if (!Array.isArray(report) || report.length > mostReports) throw missing('report')
  const answered = []
  for (const one of report as Request[]) {
    const { sid } = await conversationIn(command, one)
    const params = decodeJson(UpdateUserConversation, { last_read_message_index: one['messageIdx'] }, ctx.limits)
    const membership = await updateUserConversation(ctx, session.actor, session.actor.user_sid, sid, params)
    answered.push({ channelSid: sid, unreadMessagesCount: await countUnread(ctx, membership) })
  }
  return { report: answered }
}

const actions: Readonly<Record<string, Action>> = {
  async createConversation({ ctx, session }, request) {
    const params = { ...renamed(request, { friendlyName: 'friendly_name', uniqueName: 'unique_name' }), ...attributesIn(request) }
    const { actor } = session
    const { sid } = await createConversation(ctx, actor, actor.chat_service_sid, decodeJson(CreateConversation, params, ctx.limits))
    return { conversationSid: sid, conversation: syncObjectName({ kind: 'document', owner: sid }) }
  },
  async joinChannelV2(command, request) {
    const { sid } = await conversationIn(command, request)
    await addParticipant(command.ctx, command.session.actor, sid, { identity: command.session.identity })
    await opensConversation(command, sid)
  },
  async leaveChannel(command, request) {
    const { sid } = await conversationIn(command, request)
    await removeParticipant(command.ctx, command.session.actor, sid, command.session.identity)
  },
  async destroyChannel(command, request) {
    const { sid } = await conversationIn(command, request)
    await removeConversation(command.ctx, command.session.actor, sid)
  },
  editFriendlyName: editConversation({ friendlyName: 'friendly_name' }),
  editUniqueName: editConversation({ uniqueName: 'unique_name' }),
  editAttributes: editConversation({ attributes: 'attributes' }),
  async editNotificationLevel(command, request) {
    const { ctx, session } = command
    const { sid } = await conversationIn(command, request)
    const params = decodeJson(UpdateUserConversation, renamed(request, { notificationLevel: 'notification_level' }), ctx.limits)
    await updateUserConversation(ctx, session.actor, session.actor.user_sid, sid, params)
  },
  sendMessage: send({ text: 'body', subject: 'subject' }),
  sendMediaMessage: send({ mediaSid: 'media_sid' }),
  editMessage,
  editMessageAttributes: editMessage,
  async deleteMessage(command, request) {
    const { sid } = await conversationIn(command, request)
    const message = await messageIn(command, sid, request)
    await removeMessage(command.ctx, command.session.actor, sid, message.sid)
  },
  addMemberV2: add,
  addNonChatParticipant: add,
  inviteMember: add,
  removeMember,
  editMemberAttributes: editMember,
  consumptionReportV2: reportReading,
  editUserAttributes: editUser,
  editUserFriendlyName: editUser,
}

/** Does what a command asks for. @returns the members of its answer @throws ParleyError for what is refused */
export async function act(command: Asked, request: Request): Promise<object> {
  const name = request['action']
  const action = typeof name === 'string' && Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action) throw new ParleyError('parameter-invalid', { text: `The action ${String(name).slice(0, 64)} is not known` })
  return ((await action(command, request)) as object | undefined) ?? {}
}
