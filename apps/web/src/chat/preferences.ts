import { create } from 'zustand'
import { type Clock, writeTimesBy } from './texts/dates.ts'

interface Preferences {
  enterSends: boolean
  clock: Clock
  /** Whether messages that come while the page is hidden are shown by the system. */
  notifies: boolean
  /** Whether they are heard. */
  sounds: boolean
  /** Whether the events of the client are shown. */
  showsWires: boolean
  /** Of the list of conversations, in pixels; `null` until somebody has drawn its edge. */
  listWidth: number | null
}

const key = 'parley.preferences'

function load(): Preferences {
  // Where there is no keyboard, Enter is the only way to a new line.
  const enterSends = !matchMedia('(pointer: coarse)').matches
  const usual: Preferences = { enterSends, clock: 'system', notifies: false, sounds: false, showsWires: false, listWidth: null }
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>) }
  } catch {
    return usual
  }
}

/** What the user likes, in this browser. */
export const usePreferences = create<Preferences>(load)
writeTimesBy(usePreferences.getState().clock)

export function prefer(changes: Partial<Preferences>): void {
  if (changes.clock) writeTimesBy(changes.clock)
  usePreferences.setState(changes)
  try {
    localStorage.setItem(key, JSON.stringify(usePreferences.getState()))
  } catch {
    // Without storage a choice lasts as long as the page.
  }
}
