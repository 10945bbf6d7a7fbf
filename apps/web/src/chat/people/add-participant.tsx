import type { Conversation } from '@parley/client'
import { useState } from 'react'
import { SelectField, TextField } from '../../ui/field.tsx'
import { FormDialog } from '../list/conversation-dialogs.tsx'
import { texts } from '../texts/texts.ts'

type Channel = 'sms' | 'whatsapp'

const ownNumberKey = 'parley.own-number'
const looksLikeNumber = (text: string) => /^\+?[\d\s().-]{4,}$/.test(text)
const isNumber = (text: string) => /^\+[1-9]\d{5,14}$/.test(text)
const bare = (text: string) => text.replace(/[\s().-]/g, '')

/** Adds somebody: a user by their identity, or a phone by its number, for which is asked what is missing. */
export function AddParticipant({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const [who, setWho] = useState('')
  const [channel, setChannel] = useState<Channel>('sms')
  const [from, setFrom] = useState(() => localStorage.getItem(ownNumberKey) ?? '')
  const isPhone = looksLikeNumber(who.trim())
  const number = bare(who)
  const isWrong = isPhone && who.trim().length > 6 && !isNumber(number)

  const add = async () => {
    if (!isPhone) {
      await conversation.add(who.trim())
      return
    }
    const own = bare(from)
    if (!isNumber(number) || !isNumber(own)) throw new Error(texts.people.notANumber)
    localStorage.setItem(ownNumberKey, own)
    const prefix = channel === 'whatsapp' ? 'whatsapp:' : ''
    await conversation.addNonChatParticipant(`${prefix}${own}`, `${prefix}${number}`, { address: number })
  }

  return (
    <FormDialog title={texts.people.add} action={texts.people.addButton} onClose={onClose} onSubmit={add}>
      {(problem) => (
        <>
          <TextField
            label={texts.people.who}
            hint={texts.people.whoHint}
            error={isWrong ? texts.people.notANumber : isPhone ? null : problem}
            required
            value={who}
            onChange={(event) => setWho(event.target.value)}
          />
          {isPhone && (
            <>
              <SelectField
                label={texts.people.channel}
                value={channel}
                onChoose={(value: Channel) => setChannel(value)}
                choices={(['sms', 'whatsapp'] as const).map((value) => ({ value, label: texts.people.kinds[value] ?? value }))}
              />
              <TextField
                label={texts.people.from}
                hint={texts.people.fromHint}
                error={problem}
                required
                placeholder="+15550100"
                value={from}
                onChange={(event) => setFrom(event.target.value)}
              />
            </>
          )}
        </>
      )}
    </FormDialog>
  )
}
