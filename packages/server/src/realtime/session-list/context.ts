import { syncObjectName } from '@parley/protocol'
import type { Command } from '../upstream.ts'

/** What SDK 1.x needs to begin (wire-protocol-1x). It joins the links to hosts that it knows, so they are paths. */
export async function sessionContext({ ctx, session }: Pick<Command, 'ctx' | 'session'>) {
  const { chat_service_sid, identity, user_sid } = session.actor
  const service = await ctx.store.read.services.find(chat_service_sid)
  return {
    identity,
    userInfo: syncObjectName({ kind: 'userInfo', owner: user_sid }),
    myChannels: syncObjectName({ kind: 'conversations', owner: user_sid }),
    channels: syncObjectName({ kind: 'conversations', owner: user_sid }),
    links: {
      publicChannelsUrl: '/v1/channels',
      myChannelsUrl: '/v1/channels',
      typingUrl: '/v1/typing',
      syncListUrl: '/v1/synclist',
      usersUrl: '/v1/users',
      mediaServiceUrl: `/v1/Services/${chat_service_sid}/Media`,
      messagesReceiptsUrl: `/Client/v2/Services/${chat_service_sid}/Conversations/%s/Messages/%s/Receipts`,
    },
    reachabilityEnabled: service?.reachability_enabled === 1,
    consumptionReportInterval: 'PT5S',
    // The SDK divides it by ten (wire-protocol §3.3).
    httpCacheInterval: 'PT1S',
    userInfosToSubscribe: 100,
  }
}
