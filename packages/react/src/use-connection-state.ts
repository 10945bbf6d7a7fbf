import type { ConnectionDetails } from '@parley/client'
import { useCallback, useSyncExternalStore } from 'react'
import { listen } from './listen.ts'
import { useClient } from './provider.ts'

const unknown: ConnectionDetails = { state: 'unknown', reason: null, code: null, httpStatusCode: null, nextTryAt: null, failures: 0 }

/** The state of the connection, with its reason and the time of the next try. */
export function useConnectionState(): ConnectionDetails {
  const client = useClient()
  const subscribe = useCallback(
    (changed: () => void) => (client ? listen(client, ['connectionDetailsChanged'], changed) : () => {}),
    [client],
  )
  const read = () => client?.connectionDetails ?? unknown
  return useSyncExternalStore(subscribe, read, () => unknown)
}
