import type { PushOutcome } from '../domain/push/push-sender.ts'
import { keptAnswer } from './http-call.ts'

/** A notice that no provider would take. */
export const tooLarge: PushOutcome = { kind: 'refused', reason: 'too-large', status: null, answer: null, id: null, payload: null }

/** Nobody answered, or not in time: the network is tried again. */
export const noAnswer = (error: unknown, payload: string): PushOutcome => ({
  kind: 'later',
  status: null,
  answer: String((error as Error).message).slice(0, keptAnswer),
  id: null,
  payload,
})
