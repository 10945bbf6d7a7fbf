import type { Conversation } from '@parley/client'
import { useMemo } from 'react'
import { useClient } from './provider.ts'
import { type Follow, type Loaded, useLoaded } from './use-loaded.ts'

/**
 * A conversation by its SID, joined or not. One that the user is taken out of stays, with the status `notParticipating`, until they come back:
 * then it is another object. `useLive` follows what changes about it.
 */
export function useConversation(sid: string | null | undefined): Loaded<Conversation | null> {
  const client = useClient()
  const follow = useMemo<Follow<Conversation | null> | undefined>(
    () =>
      client && sid
        ? ({ show, fail }) => {
            const read = () => void client.getConversationBySid(sid).then(show, fail)
            const joined = (conversation: Conversation) => conversation.sid === sid && show(conversation)
            read()
            client.on('conversationJoined', joined)
            return () => void client.off('conversationJoined', joined)
          }
        : undefined,
    [client, sid],
  )
  return useLoaded<Conversation | null>(null, follow)
}
