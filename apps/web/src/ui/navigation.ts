const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}

addEventListener('popstate', tell)

/** Calls back whenever the address has changed: by the app, or by the back button. */
export const onNavigation = (listener: () => void): void => void listeners.add(listener)

/** Goes somewhere else in the app, without loading the page again. */
export function goTo(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  tell()
}
