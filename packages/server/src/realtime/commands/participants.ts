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
 * A fast answer to a join makes official SDKs lose the first message they send right after it: they open the list only after the event
 * (wire-protocol §9.1). This much later, in milliseconds, cures it.
 */
const joinAnswerDelay = 15

async function add(command: Command) {
  const { ctx, session, body } = command
  const sid = await conversationSidInPath(command)
  const { participant } = await addParticipant(ctx, session.actor, sid, decodeJson(AddParticipant, body, ctx.limits))
  if (participant.user_sid === session.actor.user_sid)
    await new Promise<void>((resolve) => command.pacing.after(joinAnswerDelay, () => resolve()))
  return participantResource(participant)
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
