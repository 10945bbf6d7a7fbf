import type { Size } from '../thread/described-media.ts'

export const isPicture = ({ type }: Blob): boolean => type.startsWith('image/')

/** How large a picture is as it is shown; nothing for a file that is none, or that the browser cannot read. */
export function sizeOfPicture(file: File): Promise<Size | null> {
  if (!isPicture(file)) return Promise.resolve(null)
  const url = URL.createObjectURL(file)
  return new Promise<Size | null>((resolve) => {
    const image = new Image()
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight })
    image.onerror = () => resolve(null)
    image.src = url
  }).finally(() => URL.revokeObjectURL(url))
}
