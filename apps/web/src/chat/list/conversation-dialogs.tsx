import { type Conversation, RequestError } from '@parley/client'
import { useClient } from '@parley/react'
import { useState } from 'react'
import { TextField } from '../../ui/field.tsx'
import {
  type ConfirmProps,
  type FormDialogProps,
  Confirm as PlainConfirm,
  FormDialog as PlainFormDialog,
  type WithoutWords,
} from '../../ui/form-dialog.tsx'
import { goTo } from '../../ui/navigation.ts'
import { pathTo } from '../route.ts'
import { texts } from '../texts/texts.ts'

/** What went wrong, in words, with the number of the refusal. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error
  return error instanceof RequestError && error.code !== null ? `${message} (${error.code})` : message
}

const words = { closeLabel: texts.close, cancelLabel: texts.cancel, problemOf: reasonOf }

export const FormDialog = (props: WithoutWords<FormDialogProps>) => <PlainFormDialog {...words} {...props} />
export const Confirm = (props: WithoutWords<ConfirmProps>) => <PlainConfirm {...words} {...props} />

interface DialogProps {
  onClose(): void
}

export function CreateConversation({ onClose }: DialogProps) {
  const client = useClient()
  const [name, setName] = useState('')
  const [people, setPeople] = useState('')
  const [made, setMade] = useState<Conversation | null>(null)
  const create = async () => {
    if (!client) return
    const trimmed = name.trim()
    // What was made stays when somebody could not be added: the second try goes on with it.
    const conversation = made ?? (await client.createConversation(trimmed ? { friendlyName: trimmed } : {}))
    setMade(conversation)
    if (conversation.status !== 'joined') await conversation.join()
    goTo(pathTo(conversation.sid))
    const there = (await conversation.getParticipants()).map(({ identity }) => identity)
    const wanted = people.split(',').map((one) => one.trim())
    for (const identity of wanted.filter((one) => one !== '' && !there.includes(one)))
      await conversation.add(identity).catch((error) => {
        throw new Error(texts.dialogs.notAdded(identity, reasonOf(error)))
      })
  }
  return (
    <FormDialog title={texts.dialogs.createTitle} action={texts.dialogs.create} onClose={onClose} onSubmit={create}>
      {(problem) => (
        <>
          <TextField
            label={texts.dialogs.name}
            placeholder={texts.dialogs.namePlaceholder}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label={texts.dialogs.people}
            hint={texts.dialogs.peopleHint}
            error={problem}
            value={people}
            onChange={(event) => setPeople(event.target.value)}
          />
        </>
      )}
    </FormDialog>
  )
}

export function JoinConversation({ onClose }: DialogProps) {
  const client = useClient()
  const [name, setName] = useState('')
  const join = async () => {
    if (!client || name.trim() === '') return
    const wanted = name.trim()
    const isSid = /^CH[0-9a-f]{32}$/i.test(wanted)
    const found = isSid ? client.getConversationBySid(wanted) : client.getConversationByUniqueName(wanted)
    const conversation = await found.catch((error) => {
      // Who does not take part may not look, but perhaps come in: by SID alone, as the protocol has it.
      if (isSid && error instanceof RequestError && error.status === 403) return client.joinConversation(wanted)
      throw error
    })
    if (conversation.status !== 'joined') await conversation.join()
    goTo(pathTo(conversation.sid))
  }
  return (
    <FormDialog title={texts.dialogs.joinTitle} action={texts.dialogs.join} onClose={onClose} onSubmit={join}>
      {(problem) => (
        <TextField
          label={texts.dialogs.joinField}
          hint={texts.dialogs.joinHint}
          error={problem}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      )}
    </FormDialog>
  )
}

export function RenameConversation({ conversation, onClose }: DialogProps & { conversation: Conversation }) {
  const [name, setName] = useState(conversation.friendlyName ?? '')
  const rename = async () => void (await conversation.updateFriendlyName(name.trim()))
  return (
    <FormDialog title={texts.dialogs.renameTitle} action={texts.dialogs.rename} onClose={onClose} onSubmit={rename}>
      {(problem) => <TextField label={texts.dialogs.name} error={problem} value={name} onChange={(event) => setName(event.target.value)} />}
    </FormDialog>
  )
}

export function LeaveConversation({ conversation, name, onClose }: DialogProps & { conversation: Conversation; name: string }) {
  const leave = async () => {
    await conversation.leave()
    goTo('/')
  }
  return (
    <Confirm
      title={texts.dialogs.leaveTitle(name)}
      about={texts.dialogs.leaveAbout}
      action={texts.dialogs.leave}
      onClose={onClose}
      onSubmit={leave}
    />
  )
}
