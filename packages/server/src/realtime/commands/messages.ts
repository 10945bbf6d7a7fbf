import { decodeJson, SendMessage, UpdateMessage } from '@parley/protocol'
import { channelMetadataOf, getMessage } from '../../domain/messages/find-message.ts'
import { removeMessage } from '../../domain/messages/remove-message.ts'
import { sendMessage } from '../../domain/messages/send-message.ts'
import { updateMessage } from '../../domain/messages/update-message.ts'
import { recipientsOf } from '../../storage/recipients.ts'
import type { MessageRow } from '../../storage/schema.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnService, conversationInPath, conversationSidInPath } from './access.ts'
import { bySidOf, pageMeta, pageRequest } from './paging.ts'
import { messageResource, receiptResource, recipientResource, sentMessageResource } from './resources.ts'

const messages = '/Client/v2/Services/:service/Conversations/:conversation/Messages'
const one = `${messages}/:message`

/** The hot path: everything about the conversation and the sender is decided in the one transaction that writes. */
function send(command: Command) {
  assertOwnService(command)
  const { ctx, session, params, body, mutationId } = command
  const message = decodeJson(SendMessage, body, ctx.limits)
  return sendMessage(ctx, session.actor, params['conversation'] as string, message, mutationId).then(sentMessageResource)
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
  const { sid } = await conversationInPath(command)
  return getMessage(command.ctx, sid, command.params['message'] as string)
}

const nothingBehind = { previous_token: null, next_token: null }

/** The SDK reads 404 with 50530 as "none" (wire-protocol §3.2). */
const channelMetadata = async (command: Command) => channelMetadataOf(await messageInPath(command))

async function receipts(command: Command) {
  const { sid } = await messageInPath(command)
  const request = pageRequest(command.query, bySidOf('deliveryReceipt'))
  const page = await command.ctx.store.read.receipts.page(sid, request)
  return { delivery_receipts: page.rows.map(receiptResource), meta: pageMeta(page, request) }
}

/** Of all messages of a conversation, page by page, or of one message. */
async function recipients(command: Command) {
  const { ctx, query } = command
  const { sid } = await conversationInPath(command)
  if (query['MessageSid'] !== undefined && !query['PageToken']) {
    const message = await getMessage(ctx, sid, query['MessageSid'])
    return { message_recipients: recipientsOf(message).map(recipientResource), meta: nothingBehind }
  }
  const request = pageRequest(query, (cursor) => cursor.length === 2 && cursor.every((place) => Number.isSafeInteger(place)))
  const page = await ctx.store.read.recipients.page(sid, request)
  return { message_recipients: page.rows.map(recipientResource), meta: pageMeta(page, request) }
}

export const messageRoutes = [
  upstreamRoute('POST', messages, send, 201),
  upstreamRoute('POST', one, update),
  upstreamRoute('DELETE', one, remove, 204),
  upstreamRoute('GET', `${one}/Receipts`, receipts),
  upstreamRoute('GET', `${one}/ChannelMetadata`, channelMetadata),
  upstreamRoute('GET', '/Client/v2/Services/:service/Conversations/:conversation/MessageRecipients', recipients),
]
