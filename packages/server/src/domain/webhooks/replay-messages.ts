import type { BackOff } from '../../jobs/back-off.ts'
import type { JobHandler } from '../../jobs/runner.ts'
import { type ConversationWebhook, webhooksOf, withWebhooks } from '../../storage/conversation-webhooks.ts'
import type { NewJob } from '../../storage/jobs.ts'
import type { ConversationRow, JobRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { addedMessage } from './parameters.ts'
import { pastMessage } from './tell.ts'

/**
 * A webhook that asked for what is past (`ReplayAfter`) is told of every message from there on, in order, as if it had been there. It hears of no
 * new message before it has caught up: both happen with the conversation locked, so none is left out, and none comes twice.
 */
export const replayJobs = 'webhook-replay'

interface Replay {
  conversation_sid: string
  webhook_sid: string
}

/** The job that lets a new webhook catch up. */
export function replayFor(ctx: Context, conversation: ConversationRow, webhook: ConversationWebhook): NewJob {
  const payload: Replay = { conversation_sid: conversation.sid, webhook_sid: webhook.sid }
  const now = ctx.clock.now()
  return {
    sid: ctx.ids.sid('job'),
    account_sid: conversation.account_sid,
    kind: replayJobs,
    key: webhook.sid,
    payload: JSON.stringify(payload),
    run_at: now,
    date_created: now,
  }
}

/** Messages that are told of in one transaction: those who send wait no longer than that. */
const portion = 200
const backOff: BackOff = { first: 1_000, factor: 2, most: 300_000 }

/**
 * Does these jobs. What was told is remembered with it, so a job that is done again goes on where it was. It is never given up but by hand: until it
 * is done, its webhook hears of no new message (docs/decisions/0044).
 */
export const replayHandler = (ctx: Context): JobHandler => ({
  async run({ payload }, _, isStopping) {
    const replay = JSON.parse(payload) as Replay
    while (await replayPortion(ctx, replay)) if (isStopping()) return { kind: 'left' }
    return { kind: 'done' }
  },
  attempts: Number.POSITIVE_INFINITY,
  backOff,
  concurrency: 4,
})

/** @returns whether there is more */
async function replayPortion(ctx: Context, { conversation_sid, webhook_sid }: Replay): Promise<boolean> {
  return ctx.store.write(async (tx) => {
    const conversation = await tx.conversations.lock(conversation_sid)
    const webhook = conversation && webhooksOf(conversation).find(({ sid }) => sid === webhook_sid)
    if (!conversation || !webhook || webhook.replay_next === null) return false
    const messages = await tx.messages.from(conversation_sid, webhook.replay_next, false, portion)
    const last = messages.at(-1)
    const replay_next = last && messages.length === portion ? last.position + 1 : null
    await tx.conversations.save(replayedUpTo(conversation, webhook_sid, replay_next))
    const audience = { ...place(conversation), source: 'SYSTEM', client_identity: null, before: undefined, after: undefined } as const
    await tx.deliveries.enqueue(
      messages.flatMap((message) => {
        try {
          return pastMessage(ctx, audience, webhook, conversation, addedMessage(message, conversation)) ?? []
        } catch (cause) {
          const fields = { err: cause, conversation_sid, webhook_sid, message_sid: message.sid }
          ctx.log.error(fields, 'A webhook is not told of a past message, which cannot be read; it is told of those behind it')
          return []
        }
      }),
    )
    return replay_next !== null
  })
}

/** Ends a replay whose job is given up: its webhook hears of new messages from now on. */
export async function endReplay(tx: Writers, { kind, payload }: Pick<JobRow, 'kind' | 'payload'>): Promise<void> {
  if (kind !== replayJobs) return
  const { conversation_sid, webhook_sid }: Replay = JSON.parse(payload)
  const conversation = await tx.conversations.lock(conversation_sid)
  if (conversation) await tx.conversations.save(replayedUpTo(conversation, webhook_sid, null))
}

const replayedUpTo = (conversation: ConversationRow, webhook_sid: string, replay_next: number | null): ConversationRow =>
  withWebhooks(
    conversation,
    webhooksOf(conversation).map((one) => (one.sid === webhook_sid ? { ...one, replay_next } : one)),
  )

const place = ({ account_sid, chat_service_sid }: ConversationRow) => ({ account_sid, chat_service_sid })
