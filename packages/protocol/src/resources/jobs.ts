import { type Static, Type } from '@sinclair/typebox'
import { jobStates } from '../jobs.ts'
import { DateTime, JsonText, nullable, SidOf, Url, Word } from './values.ts'

/** Work that goes on after a change, or that was given up (no resource of the original). */
export const JobResource = Type.Object({
  sid: SidOf('job'),
  account_sid: SidOf('account'),
  kind: Type.String(),
  state: Word(jobStates),
  payload: JsonText,
  attempts: Type.Integer(),
  last_error: nullable(Type.String()),
  run_at: DateTime,
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type JobResource = Static<typeof JobResource>
