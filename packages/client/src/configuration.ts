import type { ConfigurationAnswer } from './wire.ts'

/** What messages may carry. */
export interface ConversationLimits {
  /** Attachments of one message. */
  mediaAttachmentsCountLimit: number
  /** Megabytes of one attachment. */
  mediaAttachmentSizeLimitInMb: number
  /** Megabytes of all attachments of one message. */
  mediaAttachmentsTotalSizeLimitInMb: number
  /** Content types that an e-mail history may have. */
  emailHistoriesAllowedContentTypes: string[]
  /** Content types that an e-mail body may have. */
  emailBodiesAllowedContentTypes: string[]
}

/** What the server tells a client to begin with (wire-protocol §5.1). */
export interface Configuration {
  identity: string
  reachabilityEnabled: boolean
  /** How many foreign users stay subscribed. */
  usersToSubscribe: number
  pageSize: number
  limits: ConversationLimits
  proxyAddresses: readonly string[] | null
  links: ConfigurationAnswer['links']
  objects: ConfigurationAnswer['sync_objects']
}

export function readConfiguration({ identity, options, links, sync_objects }: ConfigurationAnswer): Configuration {
  return {
    identity,
    reachabilityEnabled: options.reachability_enabled ?? false,
    usersToSubscribe: options.user_infos_to_subscribe ?? 100,
    pageSize: options.my_conversations_page_size ?? 50,
    limits: {
      mediaAttachmentsCountLimit: options.media_attachments_count_limit ?? 10,
      mediaAttachmentSizeLimitInMb: options.media_attachment_size_limit_in_mb ?? 150,
      mediaAttachmentsTotalSizeLimitInMb: options.media_attachments_total_size_limit_in_mb ?? 150,
      emailHistoriesAllowedContentTypes: options.email_histories_allowed_mime_types ?? [],
      emailBodiesAllowedContentTypes: options.email_bodies_allowed_mime_types ?? [],
    },
    proxyAddresses: options.proxy_addresses ?? null,
    links,
    objects: sync_objects,
  }
}
