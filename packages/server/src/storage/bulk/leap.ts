/**
 * What was told between a backup and its restoration is known to clients, and to nobody else: they hold ids of events that the backup has not reached,
 * and pass over everything up to there. So after a restoration each counter goes on far above whatever may have been told.
 */
const leap = 1_000_000_000

const counters = {
  conversations: ['document_event_id', 'messages_event_id', 'roster_event_id'],
  users: ['conversations_event_id', 'info_event_id'],
} as const

/** The statements that move every counter of events ahead, in any step of the schema. */
export const leapOfCounters: readonly string[] = Object.entries(counters).map(
  ([table, columns]) => `update ${table} set ${columns.map((column) => `${column} = ${column} + ${leap}`).join(', ')}`,
)
