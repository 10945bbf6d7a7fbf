import { canonicalSid, ParleyError, ReceiptResource, RecordReceipt } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { getMessage } from '../domain/messages/find-message.ts'
import { recordReceipt } from '../domain/receipts/record-receipt.ts'
import { toReceipt } from './resources/receipts.ts'
import type { AuthenticRequest } from './routes.ts'
import { creating, fetching, listing, ofService } from './routes.ts'

const list = '/Conversations/:conversation/Messages/:message/Receipts'
const one = '/Conversations/:conversation/Messages/:message/Receipts/:receipt'

/** Delivery receipts of a message (rest-api §3.4), and the reports that they are made of. */
export const receiptRoutes = (ctx: Context) => {
  const messageIn = async (
    { actor, scope }: Pick<AuthenticRequest, 'actor' | 'scope'>,
    path: { conversation: string; message: string },
  ) => {
    const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
    return getMessage(ctx, sid, path.message)
  }

  return ofService(
    listing(list, {
      params: Type.Object({}),
      key: 'delivery_receipts',
      item: ReceiptResource,
      largest: 50,
      page: async (call, request) => ctx.store.read.receipts.page((await messageIn(call, call.path)).sid, request),
      present: (row, { scope }) => toReceipt(row, scope),
    }),

    fetching(one, ReceiptResource, async (call) => {
      const { sid } = await messageIn(call, call.path)
      const receipt = await ctx.store.read.receipts.find(sid, canonicalSid(call.path.receipt))
      if (!receipt) throw new ParleyError('receipt-not-found')
      return toReceipt(receipt, call.scope)
    }),

    // An extension of Parley: channels of one's own, simulators and tests say here what became of a message.
    creating(list, RecordReceipt, ReceiptResource, async (call) => {
      const { conversation_sid, sid } = await messageIn(call, call.path)
      return toReceipt(await recordReceipt(ctx, conversation_sid, sid, call.params), call.scope)
    }),
  )
}
