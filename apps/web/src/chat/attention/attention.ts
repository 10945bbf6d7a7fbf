import type { Conversation, Message } from '@parley/client'
import { useClient } from '@parley/react'
import { useEffect } from 'react'
import { goTo } from '../../ui/navigation.ts'
import { conversationName } from '../list/conversation-name.ts'
import { prefer, usePreferences } from '../preferences.ts'
import { pathTo } from '../route.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { markFavicon } from './favicon.ts'
import { ring } from './sound.ts'

/** Letters of a message that the system shows. */
const shown = 200

/** Says outside of the page that something came: in the tab, and, for those who want it, by a notification of the system and a sound. */
export function useAttention(conversations: readonly Conversation[]): void {
  const client = useClient()
  const { identity } = useSession()
  const unread = conversations.reduce((sum, one) => sum + (one.notificationLevel === 'muted' ? 0 : (one.unreadMessagesCount ?? 0)), 0)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${texts.appName}` : texts.appName
    markFavicon(unread)
  }, [unread])
  useEffect(
    () => () => {
      document.title = texts.appName
      markFavicon(0)
    },
    [],
  )

  useEffect(() => {
    if (!client) return
    const came = (message: Message) => {
      const { conversation, author } = message
      if (document.visibilityState === 'visible' || author === identity || conversation.notificationLevel === 'muted') return
      const { notifies, sounds } = usePreferences.getState()
      if (sounds) ring()
      if (notifies && Notification.permission === 'granted') void notify(message, identity)
    }
    client.on('messageAdded', came)
    return () => void client.off('messageAdded', came)
  }, [client, identity])
}

/** One notification a conversation: a newer message takes the place of the one before. */
async function notify({ conversation, sid, author, body, attachedMedia }: Message, identity: string): Promise<void> {
  const participants = conversation.friendlyName ? [] : await conversation.getParticipants().catch(() => [])
  const text = body ?? texts.thread.withFiles(attachedMedia?.length ?? 0)
  const notification = new Notification(conversationName(conversation, participants, identity), {
    body: texts.list.by(author ?? texts.nobody, text.slice(0, shown)),
    tag: conversation.sid,
    icon: '/favicon.svg',
  })
  notification.onclick = () => {
    window.focus()
    goTo(`${pathTo(conversation.sid)}?message=${sid}`)
    notification.close()
  }
}

/** Turns notifications on, for which the browser asks the user, or off. @returns whether it could be done */
export async function preferNotifications(wanted: boolean): Promise<boolean> {
  const isAllowed = !wanted || ('Notification' in window && (await Notification.requestPermission()) === 'granted')
  prefer({ notifies: wanted && isAllowed })
  return isAllowed
}
