import { cloneElement, lazy, Suspense, useState } from 'react'
import type { MenuProps } from './openable-menu.tsx'

export type { MenuItem } from './openable-menu.tsx'

// What a menu needs is a fifth of the app, and nobody opens one before the app is there: it comes after the rest.
const coming = import('./openable-menu.tsx')
const OpenableMenu = lazy(() => coming)

/** A menu of things to do. Whoever asks for it before it is there gets it when it comes. */
export function Menu(props: MenuProps) {
  const [isAwaited, setAwaited] = useState(false)
  const wait = () => (props.onOpenChange ? props.onOpenChange(true) : setAwaited(true))
  return (
    <Suspense fallback={cloneElement(props.children, { onClick: wait })}>
      <OpenableMenu {...props} isOpenAtFirst={isAwaited} />
    </Suspense>
  )
}
