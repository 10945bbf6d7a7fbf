import type { ConnectionProblem, Conversation } from '@parley/client'
import { useMemo } from 'react'
import { listen } from './listen.ts'
import { useClient } from './provider.ts'
import { type Follow, type Loaded, useLoaded } from './use-loaded.ts'

const events = [
  'conversationJoined',
  'conversationLeft',
  'conversationRemoved',
  'conversationUpdated',
  'unreadMessagesCountChanged',
  'initialized',
] as const

const none: readonly Conversation[] = []

/**
 * The user's conversations, the one with the latest activity first, as long as the component lives. The list is a new one whenever something
 * about any of them changed: name, last message, unread count, read position. While the client cannot start, `error` says why.
 */
export function useConversations(): Loaded<readonly Conversation[]> {
  const client = useClient()
  const follow = useMemo<Follow<readonly Conversation[]> | undefined>(
    () =>
      client
        ? ({ show, fail }) => {
            let asked = 0
            const read = async () => {
              const turn = ++asked
              const all: Conversation[] = []
              for (let page = await client.getSubscribedConversations(); ; page = await page.nextPage()) {
                all.push(...page.items)
                if (!page.hasNextPage) break
              }
              if (turn === asked) show(all)
            }
            // Many events of one moment are one reading.
            let isPlanned = false
            const plan = () => {
              if (isPlanned) return
              isPlanned = true
              queueMicrotask(() => {
                isPlanned = false
                read().catch(fail)
              })
            }
            const failed = ({ error }: { error?: ConnectionProblem }) =>
              fail(Object.assign(new Error(error?.message), { code: error?.errorCode ?? null }))
            plan()
            const stop = listen(client, events, plan)
            client.on('initFailed', failed)
            return () => {
              stop()
              client.off('initFailed', failed)
            }
          }
        : undefined,
    [client],
  )
  return useLoaded(none, follow)
}
