import type { Media } from '@parley/client'
import { ArrowLeft, ArrowRight, Download } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { texts } from '../texts/texts.ts'
import { downloadMedia, nameOfMedia, useContentUrl } from './attachments.tsx'
import type { DescribedMedia } from './described-media.ts'

/** A picture as large as the window lets it be, and the way to the others of the thread. */
export function Viewer({ pictures, first, onClose }: { pictures: readonly DescribedMedia[]; first: Media; onClose(): void }) {
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      pictures.findIndex(({ media }) => media.sid === first.sid),
    ),
  )
  const { media, description } = pictures[at] ?? { media: first, description: null }
  const { url } = useContentUrl(media)
  const name = nameOfMedia(media)
  const go = (step: number) => setAt((now) => Math.min(pictures.length - 1, Math.max(0, now + step)))
  return (
    <Dialog title={name} closeLabel={texts.close} onClose={onClose} wide>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a short cut for the buttons below */}
      <div
        className="flex flex-col gap-3"
        onKeyDown={({ key }) => {
          if (key === 'ArrowLeft') go(-1)
          if (key === 'ArrowRight') go(1)
        }}
      >
        {url ? (
          <img src={url} alt={description ?? name} className="mx-auto max-h-[65dvh] max-w-full rounded-control" />
        ) : (
          <Skeleton className="h-[50dvh] w-full" />
        )}
        {description && <p className="text-center text-sm text-muted">{description}</p>}
        <div className="flex justify-center gap-2">
          <IconButton icon={ArrowLeft} label={texts.message.previous} disabled={at === 0} onClick={() => go(-1)} />
          <IconButton icon={Download} label={texts.message.download} onClick={() => void downloadMedia(media)} />
          <IconButton icon={ArrowRight} label={texts.message.next} disabled={at >= pictures.length - 1} onClick={() => go(1)} />
        </div>
      </div>
    </Dialog>
  )
}
