import { type Static, Type } from '@sinclair/typebox'
import { DateTime, nullable, Word } from './values.ts'

/** What one part of a token says. */
const TokenPart = Type.Object({
  /** `iss`, `grants.chat.service_sid` */
  name: Type.String(),
  /** Text as it is, and anything else as JSON. */
  value: Type.String(),
  description: Type.String(),
})

/** What became of one check. */
const TokenCheck = Type.Object({
  name: Type.String(),
  /** The part of the token that it is about. */
  part: Type.String(),
  /** `skipped`: what it looks at is not there, because another check failed. */
  state: Word(['passed', 'failed', 'skipped']),
  /** What was found. */
  text: Type.String(),
  /** The code with which sockets refuse it. */
  code: nullable(Type.Integer()),
  /** What to do about it. */
  advice: nullable(Type.String()),
})

/** An access token, explained: each part, and each check in the order in which they are made (no resource of the original). */
export const TokenCheckResource = Type.Object({
  is_valid: Type.Boolean(),
  /** With which code and text sockets refuse it; null when they take it. */
  code: nullable(Type.Integer()),
  message: nullable(Type.String()),
  header: Type.Array(TokenPart),
  claims: Type.Array(TokenPart),
  checks: Type.Array(TokenCheck),
  /** By the clock of the server. */
  date_checked: DateTime,
})
export type TokenCheckResource = Static<typeof TokenCheckResource>
