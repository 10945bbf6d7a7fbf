import type { Media, Message } from '@parley/client'

/** Something attached to a message, with what its sender says is to be seen on it. */
export interface DescribedMedia {
  media: Media
  description: string | null
}

/** Where descriptions are kept: among the attributes of the message, one for each of its media in their order, empty where there is none. */
export const descriptionsAttribute = 'media_descriptions'

/** What is attached to a message. Anybody may have written the attributes: only texts count. */
export function describedMedia({ attachedMedia, attributes }: Pick<Message, 'attachedMedia' | 'attributes'>): DescribedMedia[] {
  const kept =
    typeof attributes === 'object' && attributes !== null && descriptionsAttribute in attributes ? attributes[descriptionsAttribute] : null
  const descriptions: readonly unknown[] = Array.isArray(kept) ? kept : []
  return (attachedMedia ?? []).map((media, at) => {
    const description = descriptions[at]
    return { media, description: typeof description === 'string' && description.trim() !== '' ? description : null }
  })
}
