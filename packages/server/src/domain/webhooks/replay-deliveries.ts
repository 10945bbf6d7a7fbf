import { ParleyError, type ReplayWebhookDeliveries } from '@parley/protocol'
import type { WebhookDeliveryRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Context } from '../context.ts'

/** The delivery of a service. @throws 20404 */
export async function getDelivery(read: Pick<Readers, 'deliveries'>, chat_service_sid: string, sid: string): Promise<WebhookDeliveryRow> {
  const delivery = await read.deliveries.find(sid)
  if (delivery?.chat_service_sid !== chat_service_sid) throw new ParleyError('resource-not-found')
  return delivery
}

/** Sends a webhook once more, with the same parameters and the same token. One that waits is on its way already. @throws 20409 for one that asked before an action */
export async function replayDelivery(ctx: Context, chat_service_sid: string, sid: string): Promise<WebhookDeliveryRow> {
  return ctx.store.write(async (tx) => {
    const delivery = await getDelivery(tx, chat_service_sid, sid)
    if (delivery.phase === 'pre') throw new ParleyError('conflict', { text: 'What was asked before an action is not asked again' })
    if (delivery.state === 'waiting') return delivery
    const [again] = await tx.deliveries.requeue([delivery], ctx.clock.now())
    return again as WebhookDeliveryRow
  })
}

/** Deliveries that are sent again by one request; who wants more asks again. */
const portion = 500

/** What came of a replay. */
export interface Replayed {
  replayed: number
  /** The last one that was looked at, when there may be more behind it. */
  after_sid: string | null
}

/** Sends those webhooks once more that fit, the oldest first. */
export async function replayDeliveries(ctx: Context, chat_service_sid: string, params: ReplayWebhookDeliveries): Promise<Replayed> {
  const { after_sid, state = 'dead', ...filters } = params
  return ctx.store.write(async (tx) => {
    const cursor = after_sid === undefined ? undefined : [after_sid]
    const { rows, next } = await tx.deliveries.oldest({ chat_service_sid, state, ...filters }, { limit: portion, cursor })
    const again = rows.filter(({ phase }) => phase === 'post')
    await tx.deliveries.requeue(again, ctx.clock.now())
    return { replayed: again.length, after_sid: next && (rows.at(-1)?.sid ?? null) }
  })
}
