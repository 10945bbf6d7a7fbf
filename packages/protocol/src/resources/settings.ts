import { type Static, Type } from '@sinclair/typebox'
import { nullable, Word } from './values.ts'

/** A setting of the server, and what holds. */
const Setting = Type.Object({
  name: Type.String(),
  /** What it is for; `code` stands between backticks. */
  description: Type.String(),
  /** `[hidden]` for a secret that was set; null when nothing was, and the default holds. */
  value: nullable(Type.String()),
  default: Type.String(),
  is_secret: Type.Boolean(),
  source: Word(['default', 'environment', 'file']),
  /** `line 3 of /etc/parley.conf`, for one out of the file. */
  place: nullable(Type.String()),
})

/** The settings of the node that answers (no resource of the original). */
export const SettingsResource = Type.Object({ settings: Type.Array(Setting) })
export type SettingsResource = Static<typeof SettingsResource>
