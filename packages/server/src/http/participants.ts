import { AddParticipant, ParticipantResource, UpdateParticipant } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { addParticipant } from '../domain/participants/add-participant.ts'
import { getParticipant } from '../domain/participants/find-participant.ts'
import { removeParticipant } from '../domain/participants/remove-participant.ts'
import { updateParticipant } from '../domain/participants/update-participant.ts'
import { toParticipant } from './resources/participants.ts'
import { changing, creating, fetching, listing, ofService, removing } from './routes.ts'

const list = '/Conversations/:conversation/Participants'
const one = '/Conversations/:conversation/Participants/:participant'

/** Participants of a conversation (rest-api §3.5), by SID or identity. */
export const participantRoutes = (ctx: Context) =>
  ofService(
    listing(list, {
      params: Type.Object({}),
      key: 'participants',
      item: ParticipantResource,
      largest: 100,
      page: async ({ actor, scope, path }, request) => {
        const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
        return ctx.store.read.participants.page(sid, request)
      },
      present: (row, { scope }) => toParticipant(row, scope),
    }),

    creating(list, AddParticipant, ParticipantResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toParticipant((await addParticipant(ctx, actor, sid, params)).participant, scope)
    }),

    fetching(one, ParticipantResource, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toParticipant(await getParticipant(ctx.store.read, sid, path.participant), scope)
    }),

    changing(one, UpdateParticipant, ParticipantResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toParticipant((await updateParticipant(ctx, actor, sid, path.participant, params)).participant, scope)
    }),

    removing(one, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      await removeParticipant(ctx, actor, sid, path.participant)
    }),
  )
