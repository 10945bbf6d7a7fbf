import { ParleyError, type RecordReceipt } from '@parley/protocol'
import type { MessageRow, ReceiptRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { lockConversation } from '../conversations/find-conversation.ts'
import { type Audience, audienceOf, conversationNow, sourceOfChannel } from '../webhooks/audience.ts'
import { receipt as receiptParameters } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { advances, summarise } from './delivery.ts'

/**
 * Records what a channel says about one message and one participant, and tells it to everybody who sees the message. A report that takes the
 * message no further changes nothing, so reports may be repeated and come in any order. They are taken after a conversation was closed as well,
 * and metered by no quota: what a carrier says once must not be lost.
 *
 * @returns the receipt as it is now
 * @throws 20001 for an error code of a status that is no error, 50500 for a message that is not there, 50432 for somebody who takes no part by an
 *   address or has written the message
 */
export async function recordReceipt(
  ctx: Context,
  conversation_sid: string,
  message_sid: string,
  report: RecordReceipt,
): Promise<ReceiptRow> {
  const { status, channel_message_sid } = report
  const error_code = report.error_code ?? 0
  assertErrorFits(status, error_code)
  const audience = await audienceOfChannel(ctx, conversation_sid, report.participant_sid)
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const message = await tx.messages.find(conversation_sid, message_sid)
    if (!message) throw new ParleyError('message-not-found')
    const before = await tx.receipts.findByParticipant(message_sid, report.participant_sid)
    if (before && !advances(before.status, status)) return before

    const now = ctx.clock.now()
    const said = { status, error_code, channel_message_sid, date_updated: now }
    const receipt = before ? { ...before, ...said } : { ...(await newReceipt(ctx, tx, message, report.participant_sid, now)), ...said }
    await (before ? tx.receipts.save(receipt) : tx.receipts.insert(receipt))
    const delivery = JSON.stringify(summarise(await tx.receipts.statuses(message_sid)))
    if (delivery !== message.delivery) await tx.messages.save(conversation, { ...message, delivery })
    // What is queued with a carrier has not gone anywhere yet.
    if (receipt.status !== 'queued')
      await tell(ctx, tx, audience, { event: 'onDeliveryUpdated', conversation, parameters: () => receiptParameters(receipt) })
    return receipt
  })
}

/** Webhooks hear what channels say, whoever brings it (webhooks §2). */
async function audienceOfChannel(ctx: Context, conversation_sid: string, participant_sid: string): Promise<Audience | undefined> {
  const conversation = await conversationNow(ctx, conversation_sid)
  const participant = await ctx.store.read.participants.find(conversation_sid, participant_sid)
  return audienceOf(ctx, { kind: 'system', source: sourceOfChannel(participant?.type ?? 'chat') }, conversation)
}

function assertErrorFits(status: RecordReceipt['status'], error_code: number): void {
  if (error_code === 0 || status === 'failed' || status === 'undelivered') return
  throw new ParleyError('parameter-invalid', {
    text: 'Invalid parameter ErrorCode: only what failed or was not delivered has one',
    details: { field: 'error_code' },
  })
}

type Unsaid = Omit<ReceiptRow, 'status' | 'error_code' | 'channel_message_sid' | 'date_updated'>

/** A receipt for somebody whom a channel brings the message. Who is only in chat has none, and whoever wrote it gets no echo. */
async function newReceipt(ctx: Context, tx: Writers, message: MessageRow, participant_sid: string, now: number): Promise<Unsaid> {
  const { account_sid, chat_service_sid, conversation_sid, sid: message_sid } = message
  const participant = await tx.participants.find(conversation_sid, participant_sid)
  if (!participant || participant.address === null || message.participant_sid === participant_sid)
    throw new ParleyError('participant-not-found', { details: { field: 'participant_sid' } })
  return {
    sid: ctx.ids.sid('deliveryReceipt'),
    account_sid,
    chat_service_sid,
    conversation_sid,
    message_sid,
    participant_sid,
    date_created: now,
  }
}
