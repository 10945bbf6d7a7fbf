import { useCallback, useEffect, useRef, useState } from 'react'
import { read } from './rest.ts'

/** Something from the server, as far as it is there. */
export interface Loaded<T> {
  value: T | undefined
  error: Error | undefined
  isLoading: boolean
  /** Asks again; what was there stays until the answer comes. */
  reload(): void
  /** Takes what an answer has said already. */
  replace(value: T): void
}

interface State<T> {
  path: string | null
  value: T | undefined
  error: Error | undefined
  isLoading: boolean
}

const withoutQuery = (path: string | null) => path?.split('?', 1)[0]

/** Reads a path of the REST API; `null` waits. Another page of the same list takes the place of the one before when it is there. */
export function useResource<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<State<T>>({ path, value: undefined, error: undefined, isLoading: path !== null })
  const [round, setRound] = useState(0)
  const current = useRef(path)
  current.current = path

  useEffect(() => {
    void round
    if (path === null) return
    const aborting = new AbortController()
    setState((before) => ({
      path,
      value: withoutQuery(before.path) === withoutQuery(path) ? before.value : undefined,
      error: undefined,
      isLoading: true,
    }))
    read<T>(path, aborting.signal).then(
      (value) => !aborting.signal.aborted && setState({ path, value, error: undefined, isLoading: false }),
      (error) => !aborting.signal.aborted && setState({ path, value: undefined, error, isLoading: false }),
    )
    return () => aborting.abort()
  }, [path, round])

  const reload = useCallback(() => setRound((before) => before + 1), [])
  const replace = useCallback((value: T) => setState({ path: current.current, value, error: undefined, isLoading: false }), [])
  // Until the effect has run, what is there may be of another path.
  const isOther = withoutQuery(state.path) !== withoutQuery(path)
  return isOther ? { value: undefined, error: undefined, isLoading: path !== null, reload, replace } : { ...state, reload, replace }
}
