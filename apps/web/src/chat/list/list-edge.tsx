import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { prefer, usePreferences } from '../preferences.ts'
import { texts } from '../texts/texts.ts'

/** How narrow and how wide the list may be, and how far a key moves its edge, in pixels. */
const [narrowest, widest, step] = [240, 480, 16]

/** How wide the list is on a large screen. */
const usual = 320

const fitting = (width: number) => Math.round(Math.min(widest, Math.max(narrowest, width)))

/** The edge between list and thread. It is drawn by a pointer or by the arrow keys, and stays where it was put. */
export function ListEdge() {
  const { listWidth } = usePreferences()
  const edge = useRef<HTMLHRElement>(null)
  const isRightToLeft = () => getComputedStyle(edge.current as Element).direction === 'rtl'
  const list = () => (edge.current as Element).parentElement?.getBoundingClientRect() ?? new DOMRect()

  const draw = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const { left, right } = list()
    prefer({ listWidth: fitting(isRightToLeft() ? right - event.clientX : event.clientX - left) })
  }
  const pressed = (event: KeyboardEvent) => {
    const forward = isRightToLeft() ? -step : step
    const width = list().width
    const widths: Record<string, number> = {
      ArrowLeft: width - forward,
      ArrowRight: width + forward,
      Home: narrowest,
      End: widest,
    }
    const next = widths[event.key]
    if (next === undefined) return
    event.preventDefault()
    prefer({ listWidth: fitting(next) })
  }

  return (
    <hr
      ref={edge}
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={texts.list.width}
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      // Until it is drawn, the list is as wide as the window makes it: see the workspace.
      aria-valuenow={listWidth ?? usual}
      onPointerDown={(event) => event.button === 0 && event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={draw}
      onDoubleClick={() => prefer({ listWidth: null })}
      onKeyDown={pressed}
      className="absolute inset-y-0 m-0 h-full border-0 -end-1 z-10 hidden w-2 cursor-col-resize touch-none outline-none hover:bg-accent/40 focus-visible:bg-accent min-[720px]:block"
    />
  )
}
