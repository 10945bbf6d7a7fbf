import type { Conversation, Message, Paginator } from '@parley/client'
import { useCallback, useMemo, useRef } from 'react'
import { listen } from './listen.ts'
import { type Follow, type Loaded, useLoaded, useRender } from './use-loaded.ts'

export interface Messages extends Loaded<readonly Message[]> {
  /** Whether there are older ones. */
  hasOlder: boolean
  isLoadingOlder: boolean
  /** Reads an older page. Repeated calls while one is being read are one. */
  loadOlder(): Promise<void>
}

interface State {
  /** In the order of their indexes. */
  byIndex: Map<number, Message>
  oldest: Paginator<Message> | undefined
  loadingOlder: Promise<void> | undefined
  show: () => void
}

const none: readonly Message[] = []

/** The latest messages of a conversation, in order, with those that come, change and go, and older ones when asked for. */
export function useMessages(conversation: Conversation | null | undefined, pageSize = 30): Messages {
  const render = useRender()
  const state = useRef<State | undefined>(undefined)
  const follow = useMemo<Follow<readonly Message[]> | undefined>(
    () =>
      conversation
        ? ({ show, fail }) => {
            const mine: State = {
              byIndex: new Map(),
              oldest: undefined,
              loadingOlder: undefined,
              show: () => show([...mine.byIndex.values()].sort((a, b) => a.index - b.index)),
            }
            state.current = mine
            const changed = () => mine.oldest && mine.show()
            const added = (message: Message) => {
              mine.byIndex.set(message.index, message)
              changed()
            }
            const removed = (message: Message) => {
              if (mine.byIndex.delete(message.index)) changed()
            }
            conversation.on('messageAdded', added)
            conversation.on('messageRemoved', removed)
            const stop = listen(conversation, ['messageUpdated'], changed)
            conversation
              .getMessages(pageSize)
              .then((page) => {
                for (const message of page.items) mine.byIndex.set(message.index, message)
                mine.oldest = page
                mine.show()
              })
              .catch(fail)
            return () => {
              stop()
              conversation.off('messageAdded', added)
              conversation.off('messageRemoved', removed)
              if (state.current === mine) state.current = undefined
            }
          }
        : undefined,
    [conversation, pageSize],
  )
  const loaded = useLoaded(none, follow)

  const loadOlder = useCallback(async () => {
    const mine = state.current
    const page = mine?.oldest
    if (!mine || !page?.hasPrevPage) return
    mine.loadingOlder ??= page
      .prevPage()
      .then((older) => {
        for (const message of older.items) mine.byIndex.set(message.index, message)
        mine.oldest = older
      })
      .finally(() => {
        mine.loadingOlder = undefined
        if (state.current === mine) mine.show()
      })
    render()
    return mine.loadingOlder
  }, [render])

  return {
    ...loaded,
    hasOlder: state.current?.oldest?.hasPrevPage ?? false,
    isLoadingOlder: state.current?.loadingOlder !== undefined,
    loadOlder,
  }
}
