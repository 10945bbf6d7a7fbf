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
  /** Lets go of all but the latest so many: `loadOlder` reads them again. Not while a page is being read. */
  forgetOlder(keep: number): void
}

interface State {
  byIndex: Map<number, Message>
  /** Whether the first page is there. */
  isLoaded: boolean
  /** Reads the page before all that are there; `undefined` when there is none. */
  older: (() => Promise<Paginator<Message>>) | undefined
  loadingOlder: Promise<void> | undefined
  show: () => void
}

const none: readonly Message[] = []

/** Takes up a page that lies before all others. */
function take(state: State, page: Paginator<Message>): void {
  for (const message of page.items) state.byIndex.set(message.index, message)
  state.older = page.hasPrevPage ? () => page.prevPage() : undefined
}

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
              isLoaded: false,
              older: undefined,
              loadingOlder: undefined,
              show: () => show([...mine.byIndex.values()].sort((a, b) => a.index - b.index)),
            }
            state.current = mine
            const changed = () => mine.isLoaded && mine.show()
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
                take(mine, page)
                mine.isLoaded = true
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
    if (!mine?.older) return
    mine.loadingOlder ??= mine
      .older()
      .then((page) => take(mine, page))
      .finally(() => {
        mine.loadingOlder = undefined
        if (state.current === mine) mine.show()
      })
    render()
    return mine.loadingOlder
  }, [render])

  const forgetOlder = useCallback(
    (keep: number) => {
      const mine = state.current
      if (!conversation || !mine?.isLoaded || mine.loadingOlder || keep < 1 || mine.byIndex.size <= keep) return
      const indexes = [...mine.byIndex.keys()].sort((a, b) => a - b)
      const first = indexes.at(-keep) as number
      for (const index of indexes) if (index < first) mine.byIndex.delete(index)
      mine.older = () => conversation.getMessages(pageSize, first - 1)
      mine.show()
    },
    [conversation, pageSize],
  )

  return {
    ...loaded,
    hasOlder: state.current?.older !== undefined,
    isLoadingOlder: state.current?.loadingOlder !== undefined,
    loadOlder,
    forgetOlder,
  }
}
