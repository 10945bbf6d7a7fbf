import type { Media } from '@parley/client'
import { ArrowLeft, ArrowRight, Download, ZoomIn, ZoomOut } from 'lucide-react'
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { texts } from '../texts/texts.ts'
import { downloadMedia, nameOfMedia, useContentUrl } from './attachments.tsx'
import type { DescribedMedia, Size } from './described-media.ts'

/** How much larger a picture is shown than it fits. */
const zooms = [1, 1.5, 2, 3, 4, 6] as const
const steps: Readonly<Record<string, number>> = { '+': 1, '=': 1, '-': -1, '0': -zooms.length }

/** A picture as large as the window lets it be, or larger, and the way to the others of the thread. */
export function Viewer({ pictures, first, onClose }: { pictures: readonly DescribedMedia[]; first: Media; onClose(): void }) {
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      pictures.findIndex(({ media }) => media.sid === first.sid),
    ),
  )
  const [level, setLevel] = useState(0)
  const { media, description } = pictures[at] ?? { media: first, description: null }
  const name = nameOfMedia(media)
  const go = (step: number) => {
    setAt((now) => Math.min(pictures.length - 1, Math.max(0, now + step)))
    setLevel(0)
  }
  const zoom = (step: number) => setLevel((now) => Math.min(zooms.length - 1, Math.max(0, now + step)))
  const pressed = useEffectEvent(({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
    if (ctrlKey || metaKey || altKey) return
    // Larger than it fits, the arrows move it.
    if (level === 0 && key === 'ArrowLeft') go(-1)
    if (level === 0 && key === 'ArrowRight') go(1)
    zoom(steps[key] ?? 0)
  })
  // Wherever in the dialog the focus is.
  useEffect(() => {
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  return (
    <Dialog title={name} closeLabel={texts.close} onClose={onClose} wide>
      <div className="flex flex-col gap-3">
        <Picture
          key={media.sid}
          media={media}
          alt={description ?? name}
          zoom={zooms[level] ?? 1}
          onTurn={() => setLevel(level === 0 ? zooms.indexOf(2) : 0)}
        />
        {description && <p className="text-center text-sm text-muted">{description}</p>}
        <div className="flex justify-center gap-2">
          <IconButton icon={ArrowLeft} label={texts.message.previous} disabled={at === 0} onClick={() => go(-1)} />
          <IconButton icon={ZoomOut} label={texts.message.smaller} disabled={level === 0} onClick={() => zoom(-1)} />
          <IconButton icon={ZoomIn} label={texts.message.larger} disabled={level === zooms.length - 1} onClick={() => zoom(1)} />
          <IconButton icon={Download} label={texts.message.download} onClick={() => void downloadMedia(media)} />
          <IconButton icon={ArrowRight} label={texts.message.next} disabled={at >= pictures.length - 1} onClick={() => go(1)} />
        </div>
      </div>
    </Dialog>
  )
}

interface PictureProps {
  media: Media
  alt: string
  zoom: number
  /** A double click. */
  onTurn(): void
}

/** The picture in its frame. Larger than that, it is scrolled; what was in the middle stays there. */
function Picture({ media, alt, zoom, onTurn }: PictureProps) {
  const { url } = useContentUrl(media)
  const frame = useRef<HTMLElement>(null)
  const [fit, setFit] = useState<Size | null>(null)
  const before = useRef(zoom)
  useLayoutEffect(() => {
    const { current } = frame
    if (!current) return
    const grown = zoom / before.current
    before.current = zoom
    current.scrollLeft = (current.scrollLeft + current.clientWidth / 2) * grown - current.clientWidth / 2
    current.scrollTop = (current.scrollTop + current.clientHeight / 2) * grown - current.clientHeight / 2
  }, [zoom])
  if (!url) return <Skeleton className="h-[50dvh] w-full" />
  const isLarger = zoom > 1 && fit !== null
  return (
    <section
      ref={frame}
      aria-label={alt}
      // What scrolls has to be reached by the keyboard.
      tabIndex={isLarger ? 0 : -1}
      className="flex max-h-[65dvh] overflow-auto rounded-control"
    >
      <img
        src={url}
        alt={alt}
        draggable={false}
        onLoad={({ currentTarget: { clientWidth: width, clientHeight: height } }) => setFit((known) => known ?? { width, height })}
        onDoubleClick={onTurn}
        style={isLarger ? { width: fit.width * zoom, height: fit.height * zoom } : undefined}
        className={isLarger ? 'm-auto max-w-none' : 'm-auto max-h-[65dvh] max-w-full object-contain'}
      />
    </section>
  )
}
