import type { Conversation } from '@parley/client'
import { useClient } from '@parley/react'
import { type ReactNode, useState } from 'react'
import { SelectField, TextField } from '../../ui/field.tsx'
import { FormDialog } from '../list/conversation-dialogs.tsx'
import { namesOfCountries } from '../texts/countries.ts'
import { texts } from '../texts/texts.ts'
import { countriesOf } from './calling-codes.ts'
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
  const countries = kind === 'phone' ? countriesOf(bare(address)) : []
  const isWrongNumber = kind === 'phone' && address.length > 6 && !isNumber(bare(address))

  const prefix = phoneChannel === 'whatsapp' ? 'whatsapp:' : ''
  // The server may say which addresses are its own: then one of them is chosen.
  const listed = useClient()?.proxyAddresses
  const ownNumbers = listed?.filter((one) => one.startsWith(`${prefix}+`)).map((one) => one.slice(prefix.length))
  const ownMailboxes = listed?.filter(isMail)
  const ownNumber = chosenOf(ownNumbers, number)
  const ownMail = chosenOf(ownMailboxes, mail)

  const addPhone = async () => {
    const [own, theirs] = [bare(ownNumber), bare(address)]
    if (!isNumber(theirs) || !isNumber(own)) throw new Error(texts.people.notANumber)
    localStorage.setItem(ownNumberKey, own)
    await conversation.addNonChatParticipant(`${prefix}${own}`, `${prefix}${theirs}`, { address: theirs })
  }
  const addMailbox = async () => {
    const own = ownMail.trim()
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
      <OwnAddress
        label={texts.people.from}
        listed={ownNumbers}
        error={problem}
        placeholder="+15550100"
        value={ownNumber}
        onChange={setNumber}
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
          <OwnAddress
            label={texts.people.fromMail}
            listed={ownMailboxes}
            error={problem}
            type="email"
            placeholder="help@example.org"
            value={ownMail}
            onChange={setMail}
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
            hint={countries.length > 0 ? texts.people.country(namesOfCountries(countries)) : texts.people.whoHint}
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

/** What was said before, as far as it is among those that are listed. */
const chosenOf = (listed: readonly string[] | undefined, said: string) => (listed && !listed.includes(said) ? (listed[0] ?? '') : said)

interface OwnAddressProps {
  label: string
  /** Those to choose from; any is good when absent. */
  listed: readonly string[] | undefined
  error: ReactNode
  type?: 'email'
  placeholder: string
  value: string
  onChange(address: string): void
}

/** From which address somebody is reached. */
function OwnAddress({ label, listed, error, value, onChange, ...rest }: OwnAddressProps) {
  const about = { label, hint: texts.people.fromHint, error, value }
  if (listed) return <SelectField {...about} onChoose={onChange} choices={listed.map((one) => ({ value: one, label: one }))} />
  return <TextField {...about} {...rest} required onChange={(event) => onChange(event.target.value)} />
}
