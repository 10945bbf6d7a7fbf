import { useSyncExternalStore } from 'react'

/** Light or dark, or as the system has it. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Known to `public/theme.js` too, which runs before the first paint. */
const storageKey = 'parley.theme'
const listeners = new Set<() => void>()

const readTheme = (): Theme => (document.documentElement.dataset['theme'] as Theme | undefined) ?? 'system'

/** Keeps the choice, and applies it at once. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, theme)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

export function useTheme(): Theme {
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return useSyncExternalStore(subscribe, readTheme)
}
