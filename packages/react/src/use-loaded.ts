import { useCallback, useEffect, useReducer, useState } from 'react'

export interface Loaded<T> {
  value: T
  isLoading: boolean
  error: Error | null
  /** Reads it again, as after a failure. */
  reload(): void
}

/** Reads something, follows its news, and stops when it is told to. Whatever it says after that is of no effect. */
export type Follow<T> = (news: Source<T>) => () => void

/** What `follow` reads, as long as the component lives and `follow` is the same function; nothing without one. `empty` has to be a constant. */
export function useLoaded<T>(empty: T, follow: Follow<T> | undefined): Loaded<T> {
  const [loaded, setLoaded] = useState<Omit<Loaded<T>, 'reload'>>({ value: empty, isLoading: true, error: null })
  const [turn, nextTurn] = useReducer((turns: number) => turns + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn reads the same anew
  useEffect(() => {
    let current = true
    setLoaded({ value: empty, isLoading: true, error: null })
    const stop = follow?.({
      show: (value) => current && setLoaded({ value, isLoading: false, error: null }),
      fail: (error) => current && setLoaded((before) => ({ ...before, isLoading: false, error: error as Error })),
    })
    return () => {
      current = false
      stop?.()
    }
  }, [empty, follow, turn])
  return { ...loaded, reload: useCallback(() => nextTurn(), []) }
}

export interface Source<T> {
  show(value: T): void
  fail(error: unknown): void
}

/** Renders again. */
export function useRender(): () => void {
  return useReducer((renders: number) => renders + 1, 0)[1]
}
