import { AddParticipant, decodeJson, UpdateParticipant } from '@parley/protocol'
import { addParticipant } from '../../domain/participants/add-participant.ts'
import { removeParticipant } from '../../domain/participants/remove-participant.ts'
import { updateParticipant } from '../../domain/participants/update-participant.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { conversationSidInPath } from './access.ts'
import { participantResource } from './resources.ts'

const participants = '/Client/v2/Services/:service/Conversations/:conversation/Participants'
const one = `${participants}/:participant`

/**
 * Official SDKs open a conversation when they hear that they take part, and know nothing of what happened before: an app that joins and at once
 * sends a message, or adds somebody, would not hear of it (wire-protocol §9.1). So the answer to a join waits until the client has opened
 * messages and participants, but no longer than this, in milliseconds: not every client does.
 */
const longestOpening = 500

async function add(command: Command) {
  const { ctx, session, body } = command
  const sid = await conversationSidInPath(command)
  const { participant } = await addParticipant(ctx, session.actor, sid, decodeJson(AddParticipant, body, ctx.limits))
  if (participant.user_sid === session.actor.user_sid) await opensConversation(command, sid)
  return participantResource(participant)
}

export async function opensConversation(
  { hub, session, pacing }: Pick<Command, 'hub' | 'session' | 'pacing'>,
  owner: string,
): Promise<void> {
  const objects = (['messages', 'roster'] as const).map((kind) => ({ kind, owner }))
  const unknown = objects.filter((object) => !hub.watchersOf(object).includes(session))
  await Promise.all(unknown.map((object) => session.opens(object, longestOpening, pacing)))
}

async function update(command: Command) {
  const { ctx, session, params, body } = command
  const sid = await conversationSidInPath(command)
  const changes = decodeJson(UpdateParticipant, body, ctx.limits)
  return participantResource((await updateParticipant(ctx, session.actor, sid, params['participant'] as string, changes)).participant)
}

async function remove(command: Command) {
  const { ctx, session, params } = command
  await removeParticipant(ctx, session.actor, await conversationSidInPath(command), params['participant'] as string)
}

export const participantRoutes = [
  upstreamRoute('POST', participants, add, 201),
  upstreamRoute('POST', one, update),
  upstreamRoute('DELETE', one, remove, 204),
]
