import type { JobResource } from '@parley/protocol'
import type { JobRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export const toJob = (row: JobRow, { root }: Scope): JobResource => ({
  sid: row.sid,
  account_sid: row.account_sid,
  kind: row.kind,
  state: row.state,
  payload: row.payload,
  attempts: row.attempts,
  last_error: row.last_error,
  run_at: toDateTime(row.run_at),
  date_created: toDateTime(row.date_created),
  date_updated: toDateTime(row.date_updated),
  url: `${root}/Jobs/${row.sid}`,
})
