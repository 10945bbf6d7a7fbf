import type { Conversation } from '@parley/client'
import { BellOff, Copy, LogOut, Mail, Pencil } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { MenuItem } from '../../ui/menu.tsx'
import { texts } from '../texts/texts.ts'
import { LeaveConversation, RenameConversation } from './conversation-dialogs.tsx'

/** What can be done with a conversation, and the dialogs that this opens. */
export function useConversationMenu(conversation: Conversation, name: string): { items: MenuItem[]; dialogs: ReactNode } {
  const [dialog, setDialog] = useState<'rename' | 'leave' | null>(null)
  const isMuted = conversation.notificationLevel === 'muted'
  const close = () => setDialog(null)
  const items: MenuItem[] = [
    {
      label: isMuted ? texts.list.unmute : texts.list.mute,
      icon: BellOff,
      onChoose: () => void conversation.setUserNotificationLevel(isMuted ? 'default' : 'muted'),
    },
    { label: texts.list.markUnread, icon: Mail, onChoose: () => void markUnread(conversation) },
    { label: texts.list.rename, icon: Pencil, onChoose: () => setDialog('rename') },
    { label: texts.list.copySid, icon: Copy, onChoose: () => void navigator.clipboard.writeText(conversation.sid) },
    { label: texts.list.leave, icon: LogOut, danger: true, onChoose: () => setDialog('leave') },
  ]
  const dialogs = (
    <>
      {dialog === 'rename' && <RenameConversation conversation={conversation} onClose={close} />}
      {dialog === 'leave' && <LeaveConversation conversation={conversation} name={name} onClose={close} />}
    </>
  )
  return { items, dialogs }
}

/** The last message becomes unread; where there is only one, all are. */
async function markUnread(conversation: Conversation): Promise<void> {
  const last = conversation.lastMessage?.index ?? 0
  if (last > 0) await conversation.updateLastReadMessageIndex(last - 1)
  else await conversation.setAllMessagesUnread()
}
