import type { DetailedDeliveryReceipt, Message, Participant } from '@parley/client'
import { useLive } from '@parley/react'
import { useEffect, useState } from 'react'
import { Dialog } from '../../ui/dialog.tsx'
import { nameOf } from '../list/conversation-name.ts'
import { timeOf } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'

/** How far a message has come with each of the others, and the message as the SDK has it. */
export function Details({ message, participants, onClose }: { message: Message; participants: readonly Participant[]; onClose(): void }) {
  useLive(message)
  const receipts = useReceipts(message)
  const others = participants.filter(({ identity }) => identity !== message.author)
  const { sid, index, author, body, attributes, type, participantSid, lastUpdatedBy, dateCreated, dateUpdated } = message
  const media = message.attachedMedia?.map(({ sid: mediaSid, filename, contentType, size }) => ({
    sid: mediaSid,
    filename,
    contentType,
    size,
  }))
  const shown = { sid, index, author, body, attributes, type, participantSid, lastUpdatedBy, dateCreated, dateUpdated, media }
  return (
    <Dialog title={texts.message.details} closeLabel={texts.close} onClose={onClose} wide>
      {others.length > 0 && (
        <section className="flex flex-col gap-1">
          <h3 className="font-medium">{texts.message.delivery}</h3>
          <ul className="text-muted">
            {others.map((one) => (
              <li key={one.sid}>{deliveryTo(one, message, receipts)}</li>
            ))}
          </ul>
        </section>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <pre tabIndex={0} className="overflow-x-auto rounded-control bg-surface p-3 font-mono text-xs">
        {JSON.stringify(shown, null, 2)}
      </pre>
    </Dialog>
  )
}

function deliveryTo(participant: Participant, { index }: Message, receipts: readonly DetailedDeliveryReceipt[]): string {
  const name = nameOf(participant)
  if (participant.type === 'chat')
    return (participant.lastReadMessageIndex ?? -1) >= index ? texts.message.readBy(name) : texts.message.notReadBy(name)
  const receipt = receipts.find(({ participantSid }) => participantSid === participant.sid)
  const state = receipt?.status ?? 'queued'
  const code = receipt?.errorCode
  return [
    name,
    texts.message.deliveryTo[state] ?? state,
    receipt?.dateUpdated ? timeOf(new Date(receipt.dateUpdated)) : '',
    code ? `${code} ${texts.message.deliveryErrors[Number(code)] ?? ''}`.trim() : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** What became of the message with those who take part by an address. */
function useReceipts(message: Message): readonly DetailedDeliveryReceipt[] {
  const [receipts, setReceipts] = useState<readonly DetailedDeliveryReceipt[]>([])
  const expected = message.aggregatedDeliveryReceipt?.total ?? 0
  useEffect(() => {
    if (expected === 0) return
    let isCurrent = true
    message.getDetailedDeliveryReceipts().then(
      (all) => isCurrent && setReceipts(all),
      // The other lines are true without them.
      () => {},
    )
    return () => {
      isCurrent = false
    }
  }, [message, expected])
  return receipts
}
