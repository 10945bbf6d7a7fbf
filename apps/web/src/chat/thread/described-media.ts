import type { Media, Message } from '@parley/client'

/** Something attached to a message, with what its sender says is to be seen on it, and how large the picture is, in pixels. */
export interface DescribedMedia {
  media: Media
  description: string | null
  size: Size | null
}

export interface Size {
  width: number
  height: number
}

/** Where descriptions are kept: among the attributes of the message, one for each of its media in their order, empty where there is none. */
export const descriptionsAttribute = 'media_descriptions'
/** Where sizes of pictures are kept, likewise: `[width, height]`, or null. */
export const sizesAttribute = 'media_sizes'

/** What is attached to a message. Anybody may have written the attributes: only texts and sizes count. */
export function describedMedia({ attachedMedia, attributes }: Pick<Message, 'attachedMedia' | 'attributes'>): DescribedMedia[] {
  const listIn = (name: string): readonly unknown[] => {
    const kept =
      typeof attributes === 'object' && attributes !== null && name in attributes ? (attributes as Record<string, unknown>)[name] : null
    return Array.isArray(kept) ? kept : []
  }
  const [descriptions, sizes] = [listIn(descriptionsAttribute), listIn(sizesAttribute)]
  return (attachedMedia ?? []).map((media, at) => {
    const description = descriptions[at]
    return {
      media,
      description: typeof description === 'string' && description.trim() !== '' ? description : null,
      size: sizeIn(sizes[at]),
    }
  })
}

function sizeIn(said: unknown): Size | null {
  if (!Array.isArray(said) || said.length !== 2 || !said.every(isLength)) return null
  const [width, height] = said as [number, number]
  return { width, height }
}

const isLength = (pixels: unknown) => typeof pixels === 'number' && pixels >= 1 && pixels <= 100_000

/** The longest a picture is shown in a thread, and the shortest its box is, in pixels. */
const [mostWidth, mostHeight, least] = [360, 320, 96]

/** The box for a picture in a thread: its width at most, and its shape. It is there before the picture, so that nothing moves when that comes. */
export function boxFor(size: Size | null): { width: number; aspectRatio: number } {
  const { width, height } = size ?? { width: 288, height: 216 }
  // What is far longer than wide is cut.
  const aspectRatio = Math.min(mostWidth / least, Math.max(least / mostHeight, width / height))
  const fitting = Math.min(width, mostWidth, mostHeight * aspectRatio)
  return { width: Math.round(Math.max(fitting, least * Math.max(1, aspectRatio))), aspectRatio }
}
