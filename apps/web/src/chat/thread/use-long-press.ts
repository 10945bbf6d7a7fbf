import { type MouseEvent, type PointerEvent, type TouchEvent, useEffect, useMemo, useRef } from 'react'

/** How long a finger has to stay, in milliseconds, and how far it may move meanwhile, in pixels. */
const [patience, tolerance] = [500, 10]

/** What an element needs to tell when a finger stays on it. */
export function useLongPress(onLongPress: () => void) {
  const latest = useRef(onLongPress)
  latest.current = onLongPress
  const wasLong = useRef(false)
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null)
  const handlers = useMemo(() => {
    const end = () => {
      clearTimeout(press.current?.timer)
      press.current = null
    }
    return {
      onPointerDown: ({ pointerType, clientX, clientY }: PointerEvent) => {
        end()
        wasLong.current = false
        if (pointerType !== 'touch') return
        const timer = setTimeout(() => {
          wasLong.current = true
          latest.current()
        }, patience)
        press.current = { timer, x: clientX, y: clientY }
      },
      onPointerMove: ({ clientX, clientY }: PointerEvent) => {
        if (press.current && Math.hypot(clientX - press.current.x, clientY - press.current.y) > tolerance) end()
      },
      onPointerUp: end,
      onPointerCancel: end,
      // Else the browser would go on as after a click, and take the focus away from what was opened.
      onTouchEnd: (event: TouchEvent) => {
        if (wasLong.current) event.preventDefault()
      },
      // The browser's own menu comes with the same gesture.
      onContextMenu: (event: MouseEvent) => {
        if ((event.nativeEvent as globalThis.PointerEvent).pointerType === 'touch') event.preventDefault()
      },
    }
  }, [])
  useEffect(() => handlers.onPointerUp, [handlers])
  return handlers
}
