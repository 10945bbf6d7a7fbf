import type { ConversationState } from '@parley/protocol'
import { Badge, type Tone } from '../parts/page.tsx'
import { texts } from '../texts/texts.ts'

const tones: Record<ConversationState, Tone> = { initializing: 'accent', active: 'ok', inactive: 'warning', closed: 'plain' }

export const State = ({ state }: { state: ConversationState }) => <Badge tone={tones[state]}>{texts.conversations.states[state]}</Badge>

/** What a conversation is called: never by its bare SID alone. */
export const nameOf = ({ friendly_name, unique_name }: { friendly_name: string | null; unique_name: string | null }): string =>
  friendly_name || unique_name || texts.conversations.untitled
