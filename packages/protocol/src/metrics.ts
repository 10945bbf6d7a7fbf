import { type Static, Type } from '@sinclair/typebox'
import { instant } from './fields.ts'

/** Which points of the history are told: those after an instant, all when absent. */
export const FetchMetrics = Type.Object({ since: Type.Optional(instant()) })
export type FetchMetrics = Static<typeof FetchMetrics>
