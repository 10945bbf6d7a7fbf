import { syncObjectName } from '@parley/protocol'
import type { Command } from '../upstream.ts'
import { upstreamRoute } from '../upstream.ts'
import { configurationUrl, serviceUrl } from './resources.ts'

/**
 * What a client needs to begin (wire-protocol §5.1). Every member named there as required is here; without one of them official SDKs fail to
 * start.
 */
export async function configuration({ ctx, session }: Command) {
  const { chat_service_sid, identity, user_sid } = session.actor
  const service = await ctx.store.read.services.find(chat_service_sid)
  const base = serviceUrl(chat_service_sid)
  const me = `${base}/Users/${encodeURIComponent(identity)}`
  const media = `${session.origin}/v1/Services/${chat_service_sid}/Media`
  return {
    identity,
    url: configurationUrl,
    options: {
      consumption_report_interval: 'PT5S',
      user_infos_to_subscribe: 100,
      reachability_enabled: service?.reachability_enabled === 1,
      // The SDK divides it by ten (wire-protocol §3.3).
      http_cache_interval: 'PT1S',
      my_conversations_page_size: 50,
      media_attachments_count_limit: asNumber(ctx.limits.mediaPerMessage),
      media_attachment_size_limit_in_mb: asNumber(ctx.limits.mediaMegabytes),
      media_attachments_total_size_limit_in_mb: asNumber(ctx.limits.mediaMegabytesPerMessage),
      email_histories_allowed_mime_types: ['text/plain', 'text/html'],
      email_bodies_allowed_mime_types: ['text/plain', 'text/html'],
      // Of ours: from which addresses people are reached, where the operator says so.
      ...(ctx.proxyAddresses ? { proxy_addresses: [...ctx.proxyAddresses] } : {}),
    },
    sync_objects: {
      my_conversations: syncObjectName({ kind: 'conversations', owner: user_sid }),
      my_user_info: syncObjectName({ kind: 'userInfo', owner: user_sid }),
    },
    links: {
      my_conversations: `${me}/Conversations`,
      conversations: `${base}/Conversations`,
      users: `${base}/Users`,
      current_user: me,
      typing: `${base}/TypingIndicator`,
      media_service: media,
      media_set_service: `${media}Set`,
      messages_receipts: `${base}/Conversations/%s/Messages/%s/Receipts`,
    },
  }
}

/** JSON has no infinity. */
const asNumber = (limit: number) => Math.min(limit, Number.MAX_SAFE_INTEGER)

export const configurationRoutes = [upstreamRoute('GET', '/Client/v2/Configuration', configuration)]
