import type { WebhookDeliveryState } from '@parley/protocol'
import { Badge, type Tone } from '../parts/page.tsx'
import { texts } from '../texts/texts.ts'

const tones: Record<WebhookDeliveryState, Tone> = { waiting: 'accent', delivered: 'ok', failed: 'danger', dead: 'danger' }

export const DeliveryState = ({ state }: { state: WebhookDeliveryState }) => (
  <Badge tone={tones[state]}>{texts.deliveries.states[state]}</Badge>
)
