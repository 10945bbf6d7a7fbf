import { ListParticipantConversations, ParleyError, ParticipantConversationResource } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import type { Page } from '../storage/paging.ts'
import type { Membership } from '../storage/participants.ts'
import { bySid, type Sorting } from './page-tokens.ts'
import { toParticipantConversation } from './resources/participants.ts'
import { listing, ofService } from './routes.ts'

const byConversationAndParticipant: Sorting = { order: 'asc', keys: ['text', 'text'] }
const nobody: Page<Membership> = { rows: [], next: null, previous: null }

/** Which person is looked for: one of the two, and not both (50451). */
function assertOneOf({ identity = null, address = null }: ListParticipantConversations): void {
  if (identity !== null && address !== null) throw new ParleyError('lookup-ambiguous')
  if (identity === null && address === null)
    throw new ParleyError('parameter-missing', { text: 'Missing required parameter Identity or Address', details: { field: 'identity' } })
}

/** The conversations of a person (rest-api §3.6), sorted by the conversation's SID. */
export const participantConversationRoutes = (ctx: Context) =>
  ofService(
    listing('/ParticipantConversations', {
      params: ListParticipantConversations,
      key: 'conversations',
      item: ParticipantConversationResource,
      largest: 50,
      sorting: ({ address }) => (address ? byConversationAndParticipant : bySid),
      page: async ({ scope, params }, request) => {
        assertOneOf(params)
        const { users, participants } = ctx.store.read
        if (params.address) return participants.pageOfAddress(scope.service_sid, params.address, request)
        const user = await users.findByIdentity(scope.service_sid, params.identity ?? '')
        return user ? participants.pageOfUser(user.sid, request) : nobody
      },
      present: (membership, { scope }) => toParticipantConversation(membership, scope),
    }),
  )
