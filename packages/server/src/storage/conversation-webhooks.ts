import type { ConversationWebhookTarget, PostActionEvent, WebhookMethod } from '@parley/protocol'
import type { Page, PageRequest } from './paging.ts'
import type { ConversationRow } from './schema.ts'

/**
 * The webhooks of a conversation. They are few, and whoever changes something in the conversation has its row in hand, so they stand on it, as
 * JSON: to ask whether anybody listens costs no statement (docs/decisions/0013).
 */
export interface ConversationWebhook {
  sid: string
  target: ConversationWebhookTarget
  /** Null for a flow. */
  url: string | null
  method: WebhookMethod
  filters: PostActionEvent[]
  triggers: string[]
  flow_sid: string | null
  /** The index of the next message that it is still to be told of because it asked for what is past; null when it has caught up. */
  replay_next: number | null
  date_created: number
  date_updated: number
}

const none: readonly ConversationWebhook[] = []
const parsed = new Map<string, readonly ConversationWebhook[]>()

/** The webhooks of a conversation, in the order in which they were made. A busy conversation is asked again and again, so texts are parsed once. */
export function webhooksOf({ webhooks }: Pick<ConversationRow, 'webhooks'>): readonly ConversationWebhook[] {
  if (webhooks === null) return none
  let known = parsed.get(webhooks)
  if (!known) {
    if (parsed.size >= 1_000) parsed.clear()
    known = JSON.parse(webhooks) as ConversationWebhook[]
    parsed.set(webhooks, known)
  }
  return known
}

/** The same conversation with other webhooks. */
export const withWebhooks = (conversation: ConversationRow, webhooks: readonly ConversationWebhook[]): ConversationRow => ({
  ...conversation,
  webhooks: webhooks.length === 0 ? null : JSON.stringify([...webhooks].sort((a, b) => (a.sid < b.sid ? -1 : 1))),
})

/** A page of the webhooks, in order of creation, which is that of their SIDs. */
export function pageOfWebhooks(conversation: ConversationRow, { limit, cursor, backwards }: PageRequest): Page<ConversationWebhook> {
  const all = webhooksOf(conversation)
  const beside = String(cursor?.[0] ?? '')
  const found = backwards ? all.filter(({ sid }) => sid < beside).slice(-limit) : all.filter(({ sid }) => sid > beside).slice(0, limit)
  const [first, last] = [found[0], found.at(-1)]
  return {
    rows: found,
    next: last && last !== all.at(-1) ? [last.sid] : null,
    previous: first && first !== all[0] ? [first.sid] : null,
  }
}
