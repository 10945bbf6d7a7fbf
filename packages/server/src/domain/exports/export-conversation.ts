import { type MessageMedia, ParleyError } from '@parley/protocol'
import type { ConversationRow, MessageRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { counted, type Exported, type Portion, portionRows } from './exported.ts'

/**
 * Everything in a conversation, as it is read, in portions: itself, its participants, then its messages in their order, each followed by its
 * receipts and media. It holds nobody up: messages that were there at the beginning are in it as they are when their turn comes, unless they are
 * removed before; later ones are not.
 *
 * @throws 50350, on the way, when the conversation is deleted meanwhile
 */
export function exportConversation(ctx: Context, conversation: ConversationRow): AsyncIterable<Portion> {
  return counted({ type: 'export', of: conversation.sid, begun: ctx.clock.now() }, portionsOf(ctx, conversation))
}

async function* portionsOf(ctx: Context, conversation: ConversationRow): AsyncGenerator<Portion> {
  const { read } = ctx.store
  const { sid, next_index } = conversation
  yield [{ type: 'conversation', row: conversation }]
  for (let page = await read.participants.page(sid, { limit: portionRows }); ; ) {
    yield page.rows.map((row) => ({ type: 'participant', row }))
    if (page.next === null) break
    page = await read.participants.page(sid, { limit: portionRows, cursor: page.next })
  }
  for (let from = 0; from < next_index; ) {
    const found = await read.messages.from(sid, from, false, portionRows)
    yield await withDetails(
      ctx,
      found.filter(({ position }) => position < next_index),
    )
    const last = found.at(-1)
    if (!last) break
    from = last.position + 1
  }
  // What is deleted goes by and by: an export that met it on the way is not whole.
  if (!(await read.conversations.find(sid))) throw new ParleyError('conversation-not-found')
}

const mediaSids = ({ media }: MessageRow): string[] => (media === null ? [] : (JSON.parse(media) as MessageMedia[]).map(({ sid }) => sid))

/** Messages, each with its receipts and media behind it. */
async function withDetails({ store: { read } }: Context, messages: readonly MessageRow[]): Promise<Portion> {
  const delivered = messages.filter(({ delivery }) => delivery !== null).map(({ sid }) => sid)
  const receipts = delivered.length === 0 ? [] : await read.receipts.ofMessages(delivered)
  const attached = messages.flatMap(mediaSids)
  const media = new Map(attached.length === 0 ? [] : (await read.media.findMany(attached)).map((row) => [row.sid, row]))
  return messages.flatMap((row): Exported[] => [
    { type: 'message', row },
    ...receipts.filter(({ message_sid }) => message_sid === row.sid).map((receipt): Exported => ({ type: 'receipt', row: receipt })),
    ...mediaSids(row).flatMap((sid): Exported[] => {
      const file = media.get(sid)
      return file ? [{ type: 'media', row: file }] : []
    }),
  ])
}
