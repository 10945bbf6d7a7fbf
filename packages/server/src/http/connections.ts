import { ConnectionResource, canonicalSid, ListConnections } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { toConnection } from './resources/connections.ts'
import { fetching, listing, ofAccount, removing } from './routes.ts'

/** Who is connected to this node, and a way to end it. The original has nothing like it. */
export const connectionRoutes = ({ connections }: Context) =>
  ofAccount(
    listing('/Connections', {
      params: ListConnections,
      key: 'connections',
      item: ConnectionResource,
      largest: 100,
      page: async ({ account, params }, request) => connections.page(account.sid, params, request),
      present: (connection, { scope }) => toConnection(connection, connections.node_sid, scope),
    }),

    fetching('/Connections/:connection', ConnectionResource, async ({ account, scope, path }) =>
      toConnection(connections.get(account.sid, canonicalSid(path.connection)), connections.node_sid, scope),
    ),

    removing('/Connections/:connection', async ({ account, path }) =>
      connections.get(account.sid, canonicalSid(path.connection)).drop('its account ended it'),
    ),
  )
