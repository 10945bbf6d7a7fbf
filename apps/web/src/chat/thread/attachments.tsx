import type { Media } from '@parley/client'
import { Download, File as FileIcon, ImageOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { sizeOf } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'
import { boxFor, type DescribedMedia } from './described-media.ts'

export const isImage = ({ contentType }: Media): boolean => /^image\/(png|jpeg|gif|webp|avif)$/.test(contentType)

/** What a file is called, where nobody says more about it. */
export const nameOfMedia = ({ filename, contentType }: Media): string => filename ?? contentType

/** What hangs on a message: pictures that open, and files to download. */
export function Attachments({ media, onOpen }: { media: readonly DescribedMedia[]; onOpen(media: Media): void }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {media.map((one) => (
        <li key={one.media.sid}>
          {isImage(one.media) ? <Picture of={one} onOpen={() => onOpen(one.media)} /> : <FileLink media={one.media} />}
        </li>
      ))}
    </ul>
  )
}

/** The address of a content, for a while: `renew` gets another one. */
export function useContentUrl(media: Media): { url: string | null; failed: boolean; renew(): void } {
  const [state, setState] = useState<{ url: string | null; failed: boolean }>({ url: null, failed: false })
  const [turn, setTurn] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks anew for the same media
  useEffect(() => {
    let isCurrent = true
    media.getContentTemporaryUrl().then(
      (url) => isCurrent && setState({ url, failed: url === null }),
      () => isCurrent && setState({ url: null, failed: true }),
    )
    return () => {
      isCurrent = false
    }
  }, [media.sid, turn])
  return { ...state, renew: () => setTurn((before) => before + 1) }
}

/** Its box has its size before the picture is there, so that nothing moves. */
function Picture({ of: { media, description, size }, onOpen }: { of: DescribedMedia; onOpen(): void }) {
  const { url, failed, renew } = useContentUrl(media)
  const [broken, setBroken] = useState(0)
  const name = description ?? nameOfMedia(media)
  // A link that has expired is asked for once more before anything is said.
  const isLost = failed || broken > 1
  const shape = boxFor(size)
  const box = 'flex max-w-full items-center justify-center overflow-hidden rounded-control bg-hover'
  if (isLost)
    return (
      <div style={shape} className={`${box} min-h-32 min-w-48 flex-col gap-2 p-3 text-center text-sm text-muted`}>
        <ImageOff size={20} aria-hidden />
        {texts.message.imageFailed}
        <Button
          small
          onClick={() => {
            setBroken(0)
            renew()
          }}
        >
          {texts.retry}
        </Button>
      </div>
    )
  return (
    <button type="button" onClick={onOpen} aria-label={texts.message.open(name)} title={name} style={shape} className={box}>
      {url ? (
        <img
          src={url}
          alt={name}
          className="size-full object-cover"
          onError={() => {
            setBroken((times) => times + 1)
            renew()
          }}
        />
      ) : (
        <Skeleton className="size-full" />
      )}
    </button>
  )
}

function FileLink({ media }: { media: Media }) {
  const name = nameOfMedia(media)
  return (
    <button
      type="button"
      onClick={() => void downloadMedia(media)}
      className="flex w-72 max-w-full items-center gap-3 rounded-control border border-line bg-background p-2 text-start hover:bg-hover"
    >
      <FileIcon size={20} aria-hidden className="shrink-0 text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-xs text-muted">{sizeOf(media.size)}</span>
      </span>
      <Download size={16} aria-hidden className="shrink-0 text-muted" />
      <span className="sr-only">{texts.message.download}</span>
    </button>
  )
}

/** Gets an address that is good now, and lets the browser fetch it. */
export async function downloadMedia(media: Media): Promise<void> {
  const url = await media.getContentTemporaryUrl()
  if (!url) return
  const link = document.createElement('a')
  link.href = url
  link.download = media.filename ?? media.sid
  link.rel = 'noopener'
  link.click()
}
