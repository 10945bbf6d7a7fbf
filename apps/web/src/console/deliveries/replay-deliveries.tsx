import type { WebhookReplayResource } from '@parley/protocol'
import { useState } from 'react'
import { SelectField } from '../../ui/field.tsx'
import { useAddress } from '../address.ts'
import { tell } from '../frame/notice.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { Facts } from '../parts/page.tsx'
import { post } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'

const words = texts.deliveries
const states = ['dead', 'failed', 'delivered'] as const
type Replayable = (typeof states)[number]

/** Sends again all deliveries that the filters of the list let through, of one state: portion by portion, as the server takes them. */
export function ReplayDeliveries({ service, onDone, onClose }: { service: string; onDone(): void; onClose(): void }) {
  const { query } = useAddress()
  const filtered = query.get('state') as Replayable | null
  const [state, setState] = useState<Replayable>(filtered && states.includes(filtered) ? filtered : 'dead')
  const [replayed, setReplayed] = useState(0)
  const narrowing = Object.fromEntries(
    (['event_type', 'conversation_sid', 'start_date', 'end_date'] as const).map((name) => [name, query.get(name) || undefined]),
  )

  const replay = async () => {
    let sum = 0
    let after_sid: string | null = null
    try {
      do {
        const told: WebhookReplayResource = await post<WebhookReplayResource>(`/v1/Services/${service}/Webhooks/Deliveries/Replay`, {
          ...narrowing,
          state,
          after_sid: after_sid ?? undefined,
        })
        sum += told.replayed
        after_sid = told.more ? told.after_sid : null
        setReplayed(sum)
      } while (after_sid !== null)
      tell(words.replayed(sum))
    } finally {
      onDone()
    }
  }
  return (
    <FormDialog title={words.replayMany} action={words.replay} onClose={onClose} onSubmit={replay}>
      <p className="text-muted">{words.replayAbout}</p>
      <SelectField
        label={words.state}
        value={state}
        onChoose={setState}
        choices={states.map((value) => ({ value, label: words.states[value] }))}
      />
      <Facts
        facts={[
          [words.event, narrowing['event_type'] ?? texts.filters.all],
          [texts.conversations.one, narrowing['conversation_sid'] ?? texts.filters.all],
          [texts.filters.from, narrowing['start_date']],
          [texts.filters.to, narrowing['end_date']],
        ]}
      />
      <p role="status" className="text-sm text-muted empty:hidden">
        {replayed > 0 && words.replayed(replayed)}
      </p>
    </FormDialog>
  )
}
