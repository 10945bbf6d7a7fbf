import { create } from 'zustand'

interface Preferences {
  enterSends: boolean
}

const key = 'parley.preferences'

function load(): Preferences {
  // Where there is no keyboard, Enter is the only way to a new line.
  const usual = { enterSends: !matchMedia('(pointer: coarse)').matches }
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>) }
  } catch {
    return usual
  }
}

/** What the user likes, in this browser. */
export const usePreferences = create<Preferences>(load)

export function prefer(changes: Partial<Preferences>): void {
  usePreferences.setState(changes)
  localStorage.setItem(key, JSON.stringify(usePreferences.getState()))
}
