import { lazy, Suspense } from 'react'
import type { MenuProps } from './openable-menu.tsx'

export type { MenuItem } from './openable-menu.tsx'

// What a menu needs is a fifth of the app, and nobody opens one before the app is there: it comes after the rest.
const coming = import('./openable-menu.tsx')
const OpenableMenu = lazy(() => coming)

/** A menu of things to do. */
export const Menu = (props: MenuProps) => (
  <Suspense fallback={props.children}>
    <OpenableMenu {...props} />
  </Suspense>
)
