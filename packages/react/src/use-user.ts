import type { User } from '@parley/client'
import { useMemo } from 'react'
import { useClient } from './provider.ts'
import { useLive } from './use-live.ts'
import { type Follow, type Loaded, useLoaded } from './use-loaded.ts'

/** A user by their identity, with display name and presence as they change. */
export function useUser(identity: string | null | undefined): Loaded<User | null> {
  const client = useClient()
  const follow = useMemo<Follow<User | null> | undefined>(
    () =>
      client && identity
        ? ({ show, fail }) => {
            client.getUser(identity).then(show, fail)
            return () => {}
          }
        : undefined,
    [client, identity],
  )
  const loaded = useLoaded<User | null>(null, follow)
  useLive(loaded.value)
  return loaded
}
