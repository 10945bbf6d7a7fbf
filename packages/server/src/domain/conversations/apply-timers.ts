import { ParleyError } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { audienceOf } from '../webhooks/audience.ts'
import { tellState } from '../webhooks/tell.ts'

/**
 * Does what a conversation's timers ask for, if they have run out by now: inactive, or closed (rest-api §4.1). Repeating it, or doing it on two
 * nodes at once, changes nothing.
 */
async function applyTimers(ctx: Context, conversation_sid: string): Promise<void> {
  const conversation = await ctx.store.read.conversations.find(conversation_sid)
  if (!conversation) return
  const audience = await audienceOf(ctx, { kind: 'system', source: 'SYSTEM' }, conversation)
  await ctx.store.write(async (tx) => {
    const before = await tx.conversations.lock(conversation_sid)
    const now = ctx.clock.now()
    const state = before && stateAt(before, now)
    if (!before || state === undefined) return
    if (state === 'closed') await tx.participants.releaseBindings(conversation_sid)
    const after = await tx.conversations.saveDocument({
      ...before,
      state,
      group_addresses: state === 'closed' ? null : before.group_addresses,
      state_updated: now,
      date_inactive: null,
      date_closed: state === 'closed' ? null : before.date_closed,
      date_updated: now,
    })
    await tellState(ctx, tx, audience, before.state, after, 'TIMER')
  })
}

function stateAt({ date_closed, date_inactive, state }: ConversationRow, now: number): 'inactive' | 'closed' | undefined {
  if (date_closed !== null && date_closed <= now) return 'closed'
  return state === 'active' && date_inactive !== null && date_inactive <= now ? 'inactive' : undefined
}

/** Conversations that are looked after in one go. */
const portion = 100
/** The longest this process sleeps: another node may have armed a timer meanwhile. In milliseconds. */
const longestSleep = 5_000

/** How long a conversation whose timers could not be run is left alone, in milliseconds, and how many may be, before something else must be wrong. */
const respite = 60_000
const mostLeftAlone = 1_000

/** Runs the timers of all conversations: one that fails holds up none of those behind it. They stand in the database, so a restart forgets none. */
export function runConversationTimers(ctx: Context): { close(): Promise<void> } {
  let closed = false
  let waiting = [ctx.clock.after(0, () => wake())]
  let running = Promise.resolve()
  /** Conversations whose timers could not be run, and when that is tried again. */
  const leftAlone = new Map<string, number>()

  const wake = () => {
    sleep()
    const began = ctx.clock.now()
    running = run()
      .catch((cause) => {
        ctx.log.error({ err: cause }, 'The timers of conversations could not be run')
        return undefined
      })
      .then((next) => {
        if (closed) return
        waiting = [ctx.clock.round(Math.max(0, began + longestSleep - ctx.clock.now()), wake)]
        if (next !== undefined) waiting.push(ctx.clock.after(Math.max(1, next - ctx.clock.now()), wake))
      })
  }
  const sleep = () => {
    for (const timer of waiting) timer.cancel()
  }

  /** @returns when the next is due, as far as this process knows */
  async function run(): Promise<number | undefined> {
    const { conversations } = ctx.store.read
    const now = ctx.clock.now()
    for (const [sid, again] of leftAlone) if (again <= now) leftAlone.delete(sid)
    for (;;) {
      const due = await conversations.due(ctx.clock.now(), portion, [...leftAlone.keys()])
      for (const sid of due) await applyTimers(ctx, sid).catch((cause) => leaveAlone(sid, cause))
      if (due.length === 0 || closed) break
    }
    const next = await conversations.nextDue([...leftAlone.keys()])
    return leftAlone.size === 0 ? next : Math.min(next ?? Number.POSITIVE_INFINITY, ...leftAlone.values())
  }

  /** @throws what is no fault of this conversation */
  function leaveAlone(conversation_sid: string, cause: unknown): void {
    const isUnavailable = cause instanceof ParleyError && cause.reason === 'unavailable'
    if (isUnavailable || leftAlone.size === mostLeftAlone) throw cause
    ctx.log.error({ err: cause, conversation_sid }, 'The timers of a conversation could not be run; they are tried again in a minute')
    leftAlone.set(conversation_sid, ctx.clock.now() + respite)
  }

  return {
    async close() {
      closed = true
      sleep()
      await running
    },
  }
}
