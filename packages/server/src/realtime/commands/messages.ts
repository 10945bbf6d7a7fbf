import { decodeJson, ParleyError, SendMessage, UpdateMessage } from '@parley/protocol'
import { removeMessage } from '../../domain/messages/remove-message.ts'
import { sendMessage } from '../../domain/messages/send-message.ts'
import { updateMessage } from '../../domain/messages/update-message.ts'
import type { MessageRow } from '../../storage/schema.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnService, conversationInPath, conversationSidInPath } from './access.ts'
import { messageResource, sentMessageResource } from './resources.ts'

const messages = '/Client/v2/Services/:service/Conversations/:conversation/Messages'
const one = `${messages}/:message`

/** The hot path: everything about the conversation and the sender is decided in the one transaction that writes. */
async function send(command: Command) {
  assertOwnService(command)
  const { ctx, session, params, body } = command
  return sentMessageResource(
    await sendMessage(ctx, session.actor, params['conversation'] as string, decodeJson(SendMessage, body, ctx.limits)),
  )
}

async function update(command: Command) {
  const { ctx, session, params, body } = command
  const sid = await conversationSidInPath(command)
  return messageResource(
    await updateMessage(ctx, session.actor, sid, params['message'] as string, decodeJson(UpdateMessage, body, ctx.limits)),
  )
}

async function remove(command: Command) {
  const { ctx, session, params } = command
  await removeMessage(ctx, session.actor, await conversationSidInPath(command), params['message'] as string)
}

async function messageInPath(command: Command): Promise<MessageRow> {
  const conversation = await conversationInPath(command)
  const message = await command.ctx.store.read.messages.find(conversation.sid, command.params['message'] as string)
  if (!message) throw new ParleyError('message-not-found')
  return message
}

const nothingBehind = { previous_token: null, next_token: null }

/** Messages of channels carry metadata, and chat messages none: the SDK reads 404 with 50530 as "none" (wire-protocol §3.2). */
async function channelMetadata(command: Command) {
  await messageInPath(command)
  throw new ParleyError('channel-metadata-missing')
}

/** Receipts and recipients exist for people reached by address; a chat message has none (wire-protocol §10). */
async function receipts(command: Command) {
  await messageInPath(command)
  return { delivery_receipts: [], meta: nothingBehind }
}

async function recipients(command: Command) {
  await conversationInPath(command)
  return { message_recipients: [], meta: nothingBehind }
}

export const messageRoutes = [
  upstreamRoute('POST', messages, send, 201),
  upstreamRoute('POST', one, update),
  upstreamRoute('DELETE', one, remove, 204),
  upstreamRoute('GET', `${one}/Receipts`, receipts),
  upstreamRoute('GET', `${one}/ChannelMetadata`, channelMetadata),
  upstreamRoute('GET', '/Client/v2/Services/:service/Conversations/:conversation/MessageRecipients', recipients),
  upstreamRoute('GET', '/Client/v2/ContentTemplates', () => ({ templates: [], meta: { ...nothingBehind, page_size: 100 } })),
]
