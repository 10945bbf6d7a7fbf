import { isSid, ParleyError } from '@parley/protocol'
import { notification } from '../outgoing.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnService } from './access.ts'

/** Seconds that a sign of typing holds, and in which the SDK does not repeat it (wire-protocol §6.1). */
const typingTimeout = 5
const messageType = 'twilio.ipmsg.typing_indicator'

/** Tells the others that somebody types. Only those who watch the conversation's roster: for everybody else the SDK would have to look it up. */
export async function typing({ ctx, hub, session, body }: Command) {
  const channel_sid = (body as { ChannelSid?: unknown } | undefined)?.ChannelSid
  if (typeof channel_sid !== 'string')
    throw new ParleyError('parameter-missing', { text: 'Missing required parameter ChannelSid in the post body' })
  const participant = isSid('conversation', channel_sid)
    ? await ctx.store.read.participants.findByIdentity(channel_sid, session.actor.identity)
    : undefined
  if (participant?.chat_service_sid !== session.actor.chat_service_sid) throw new ParleyError('not-a-participant')

  const { identity } = session
  const sign = notification(
    messageType,
    JSON.stringify({ channel_sid, identity, participant_sid: participant.sid, typing_timeout: typingTimeout }),
  )
  for (const watcher of hub.watchersOf({ kind: 'roster', owner: channel_sid }))
    if (watcher.identity !== identity && watcher.wants(messageType)) watcher.push(sign)
  return { typing_timeout: typingTimeout }
}

export const typingRoutes = [
  upstreamRoute('POST', '/Client/v2/Services/:service/TypingIndicator', (command) => {
    assertOwnService(command)
    return typing(command)
  }),
]
