import type { Conversation, Message } from '@parley/client'
import { useEffect, useState } from 'react'
import { texts } from '../texts/texts.ts'

/** Messages that come within this time are told in one sentence, in milliseconds. */
const burst = 1_000

/** Tells screen readers of new messages of others. The log itself is silent: scrolling through it would read old messages aloud. */
export function Announcer({ conversation, identity }: { conversation: Conversation; identity: string }) {
  const [said, setSaid] = useState('')
  useEffect(() => {
    let fresh: Message[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const added = (message: Message) => {
      if (message.author === identity) return
      fresh.push(message)
      timer ??= setTimeout(() => {
        const [first] = fresh
        setSaid(
          fresh.length === 1 && first
            ? texts.thread.spokenNew(first.author ?? texts.nobody, first.body ?? texts.thread.withFiles(first.attachedMedia?.length ?? 0))
            : texts.thread.spokenMany(fresh.length),
        )
        fresh = []
        timer = undefined
      }, burst)
    }
    conversation.on('messageAdded', added)
    return () => {
      clearTimeout(timer)
      conversation.off('messageAdded', added)
    }
  }, [conversation, identity])
  return (
    <div aria-live="polite" className="sr-only">
      {said}
    </div>
  )
}
