import type { ConversationResource, ConversationState } from '@parley/protocol'
import { useState } from 'react'
import { SelectField, TextField } from '../../ui/field.tsx'
import { tell } from '../frame/notice.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { indented, JsonField, jsonProblem } from '../parts/json.tsx'
import { post } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'

/** Changes a conversation. Only what was changed is sent. */
export function EditConversation({
  path,
  conversation,
  onSaved,
  onClose,
}: {
  path: string
  conversation: ConversationResource
  onSaved(conversation: ConversationResource): void
  onClose(): void
}) {
  const before = indented(conversation.attributes)
  const [name, setName] = useState(conversation.friendly_name ?? '')
  const [uniqueName, setUniqueName] = useState(conversation.unique_name ?? '')
  const [state, setState] = useState(conversation.state)
  const [inactive, setInactive] = useState('')
  const [closed, setClosed] = useState('')
  const [attributes, setAttributes] = useState(before)
  const words = texts.conversations
  // Closed is for ever.
  const states: ConversationState[] = conversation.state === 'closed' ? ['closed'] : ['active', 'inactive', 'closed']
  if (!states.includes(conversation.state)) states.unshift(conversation.state)

  const save = async () => {
    const changes = {
      friendly_name: name === (conversation.friendly_name ?? '') ? undefined : name.trim(),
      unique_name: uniqueName === (conversation.unique_name ?? '') ? undefined : uniqueName.trim(),
      state: state === conversation.state ? undefined : state,
      timers: { inactive: inactive.trim() || undefined, closed: closed.trim() || undefined },
      attributes: attributes === before ? undefined : attributes,
    }
    onSaved(await post<ConversationResource>(path, changes))
    tell(texts.saved)
  }
  return (
    <FormDialog title={words.edit} action={texts.save} isReady={jsonProblem(attributes) === null} onClose={onClose} onSubmit={save}>
      <TextField label={words.name} value={name} onChange={(event) => setName(event.target.value)} />
      <TextField
        label={words.uniqueName}
        hint={words.uniqueNameHint}
        spellCheck={false}
        value={uniqueName}
        onChange={(event) => setUniqueName(event.target.value)}
      />
      <SelectField
        label={words.state}
        hint={words.stateHint}
        value={state}
        onChoose={setState}
        choices={states.map((value) => ({ value, label: words.states[value] }))}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={words.inactiveTimer}
          hint={words.timerHint}
          value={inactive}
          onChange={(event) => setInactive(event.target.value)}
        />
        <TextField label={words.closedTimer} hint={words.timerHint} value={closed} onChange={(event) => setClosed(event.target.value)} />
      </div>
      <JsonField label={texts.attributes} value={attributes} onChange={setAttributes} />
    </FormDialog>
  )
}
