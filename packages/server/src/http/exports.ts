import { ErasureResource } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { exportConversation } from '../domain/exports/export-conversation.ts'
import { exportUser } from '../domain/exports/export-user.ts'
import type { Portion } from '../domain/exports/exported.ts'
import { getErasure, requestErasure } from '../domain/users/erase-user.ts'
import { getUser } from '../domain/users/find-user.ts'
import { toErasure } from './resources/erasures.ts'
import { toLine } from './resources/exports.ts'
import { creating, fetching, ofService, streaming } from './routes.ts'
import type { Scope } from './scope.ts'

/** Extensions of Parley: what is kept of a conversation or a user, to be taken along, and a user to be erased. */
export const exportRoutes = (ctx: Context) =>
  ofService(
    streaming('/Conversations/:conversation/Export', async ({ actor, scope, path }) => {
      const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return { name: `${conversation.sid}.ndjson`, chunks: linesOf(exportConversation(ctx, conversation), scope) }
    }),

    streaming('/Users/:user/Export', async ({ scope, path }) => {
      const user = await getUser(ctx.store.read, scope.service_sid, path.user)
      return { name: `${user.sid}.ndjson`, chunks: linesOf(exportUser(ctx, user), scope) }
    }),

    creating('/Users/:user/Erasure', Type.Object({}), ErasureResource, async ({ scope, path }) =>
      toErasure(await requestErasure(ctx, scope.service_sid, path.user), scope),
    ),

    fetching('/Users/:user/Erasure', ErasureResource, async ({ scope, path }) =>
      toErasure(await getErasure(ctx, scope.service_sid, path.user), scope),
    ),
  )

/** A portion as text: one write to the socket. */
async function* linesOf(portions: AsyncIterable<Portion>, scope: Scope): AsyncGenerator<string> {
  for await (const portion of portions) yield portion.map((one) => `${JSON.stringify(toLine(one, scope))}\n`).join('')
}
