import { durationMilliseconds } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'

type Timed = Pick<ConversationRow, 'state' | 'timer_inactive' | 'timer_closed'>

const due = (timer: string | null, now: number) => (timer === null ? null : now + (durationMilliseconds(timer) ?? 0))

/** When the timers of a conversation fall due if its last activity is now: both run from there (rest-api §4.1). */
export function armTimers(
  { state, timer_inactive, timer_closed }: Timed,
  now: number,
): Pick<ConversationRow, 'date_inactive' | 'date_closed'> {
  return {
    date_inactive: state === 'active' ? due(timer_inactive, now) : null,
    date_closed: state === 'closed' ? null : due(timer_closed, now),
  }
}

type Activity = Pick<ConversationRow, 'state' | 'state_updated' | 'date_inactive' | 'date_closed'>

/** What a new message or participant does to a conversation: an inactive one wakes, and the timers start again. */
export function activity(conversation: ConversationRow, now: number): Activity {
  const wakes = conversation.state === 'inactive'
  const state = wakes ? 'active' : conversation.state
  const { timer_inactive, timer_closed } = conversation
  return { state, state_updated: wakes ? now : conversation.state_updated, ...armTimers({ state, timer_inactive, timer_closed }, now) }
}
