import type { Client, Conversation, ConversationUpdateReason, Participant } from '@parley/client'
import { create } from 'zustand'
import { nameOf } from '../list/conversation-name.ts'
import { texts } from '../texts/texts.ts'

/** Something that happened to a conversation, told between its messages. */
export interface Notice {
  key: string
  text: string
  date: Date
  /** Index of the last message at that time: it stands below it. */
  after: number
}

/** Of a conversation, the last ones; older ones are history. */
const most = 100

/** What happened since the page is open, by conversation: the server keeps no such history. */
export const useNotices = create<{ notices: Readonly<Record<string, readonly Notice[]>> }>(() => ({ notices: {} }))

let told = 0

function tell(conversation: Conversation, text: string): void {
  const { notices } = useNotices.getState()
  const notice: Notice = { key: `notice-${++told}`, text, date: new Date(), after: conversation.lastMessage?.index ?? -1 }
  useNotices.setState({ notices: { ...notices, [conversation.sid]: [...(notices[conversation.sid] ?? []), notice].slice(-most) } })
}

/** Writes down who comes and goes, and what is renamed. @returns stops it, and forgets what was written */
export function followNotices(client: Client): () => void {
  const joined = (one: Participant) => tell(one.conversation, texts.thread.joined(nameOf(one)))
  const left = (one: Participant) => tell(one.conversation, texts.thread.left(nameOf(one)))
  const updated = ({ conversation, updateReasons }: { conversation: Conversation; updateReasons: ConversationUpdateReason[] }) => {
    if (updateReasons.includes('friendlyName'))
      tell(conversation, conversation.friendlyName ? texts.thread.renamed(conversation.friendlyName) : texts.thread.nameTakenAway)
  }
  client.on('participantJoined', joined)
  client.on('participantLeft', left)
  client.on('conversationUpdated', updated)
  return () => {
    client.off('participantJoined', joined)
    client.off('participantLeft', left)
    client.off('conversationUpdated', updated)
    useNotices.setState({ notices: {} })
  }
}
