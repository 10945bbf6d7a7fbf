import type { Conversation } from '@parley/client'
import { type ReactNode, useState } from 'react'
import { SelectField, TextField } from '../../ui/field.tsx'
import { FormDialog } from '../list/conversation-dialogs.tsx'
import { texts } from '../texts/texts.ts'
import { channelName } from './channel-mark.tsx'

type PhoneChannel = 'sms' | 'whatsapp'
type Kind = 'chat' | 'phone' | 'mail'

const ownNumberKey = 'parley.own-number'
const ownMailKey = 'parley.own-mail'
const isNumber = (text: string) => /^\+[1-9]\d{5,14}$/.test(text)
const isMail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
const bare = (text: string) => text.replace(/[\s().-]/g, '')

/** What somebody seems to type. Identities may look like mail addresses: those of users who are there are added with *Chat* as their channel. */
function kindOf(text: string): Kind {
  if (/^\+?[\d\s().-]{4,}$/.test(text)) return 'phone'
  return isMail(text) ? 'mail' : 'chat'
}

/** Adds somebody: a user by their identity, or a phone or a mailbox by its address, for which is asked what is missing. */
export function AddParticipant({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const [who, setWho] = useState('')
  const [phoneChannel, setPhoneChannel] = useState<PhoneChannel>('sms')
  const [isUser, setUser] = useState(false)
  const [name, setName] = useState('')
  const [number, setNumber] = useState(() => localStorage.getItem(ownNumberKey) ?? '')
  const [mail, setMail] = useState(() => localStorage.getItem(ownMailKey) ?? '')
  const address = who.trim()
  const typed = kindOf(address)
  const kind = typed === 'mail' && isUser ? 'chat' : typed
  const isWrongNumber = kind === 'phone' && address.length > 6 && !isNumber(bare(address))

  const addPhone = async () => {
    const [own, theirs] = [bare(number), bare(address)]
    if (!isNumber(theirs) || !isNumber(own)) throw new Error(texts.people.notANumber)
    localStorage.setItem(ownNumberKey, own)
    const prefix = phoneChannel === 'whatsapp' ? 'whatsapp:' : ''
    await conversation.addNonChatParticipant(`${prefix}${own}`, `${prefix}${theirs}`, { address: theirs })
  }
  const addMailbox = async () => {
    const own = mail.trim()
    if (!isMail(own)) throw new Error(texts.people.notAnAddress)
    localStorage.setItem(ownMailKey, own)
    const called = name.trim() || address
    await conversation.addNonChatParticipant(own, address, { name: called, address }, { email: { name: called, address, level: 'to' } })
  }
  const add = async () => {
    if (kind === 'phone') await addPhone()
    else if (kind === 'mail') await addMailbox()
    else await conversation.add(address)
  }

  const phoneFields = (problem: ReactNode) => (
    <>
      <SelectField
        label={texts.people.channel}
        value={phoneChannel}
        onChoose={(value: PhoneChannel) => setPhoneChannel(value)}
        choices={(['sms', 'whatsapp'] as const).map((value) => ({ value, label: channelName(value) }))}
      />
      <TextField
        label={texts.people.from}
        hint={texts.people.fromHint}
        error={problem}
        required
        placeholder="+15550100"
        value={number}
        onChange={(event) => setNumber(event.target.value)}
      />
    </>
  )
  const mailFields = (problem: ReactNode) => (
    <>
      <SelectField
        label={texts.people.channel}
        value={isUser ? 'chat' : 'email'}
        onChoose={(value: 'chat' | 'email') => setUser(value === 'chat')}
        choices={(['email', 'chat'] as const).map((value) => ({ value, label: channelName(value) }))}
      />
      {!isUser && (
        <>
          <TextField label={texts.people.mailName} value={name} onChange={(event) => setName(event.target.value)} />
          <TextField
            label={texts.people.fromMail}
            hint={texts.people.fromHint}
            error={problem}
            required
            type="email"
            placeholder="help@example.org"
            value={mail}
            onChange={(event) => setMail(event.target.value)}
          />
        </>
      )}
    </>
  )

  return (
    <FormDialog title={texts.people.add} action={texts.people.addButton} onClose={onClose} onSubmit={add}>
      {(problem) => (
        <>
          <TextField
            label={texts.people.who}
            hint={texts.people.whoHint}
            error={isWrongNumber ? texts.people.notANumber : kind === 'chat' ? problem : null}
            required
            value={who}
            onChange={(event) => setWho(event.target.value)}
          />
          {typed === 'phone' && phoneFields(problem)}
          {typed === 'mail' && mailFields(problem)}
        </>
      )}
    </FormDialog>
  )
}
