import { type Static, Type } from '@sinclair/typebox'
import { accountStatuses } from '../accounts.ts'
import { MailDate, nullable, SidOf, Word } from './values.ts'

/** An account, as the older API shows it (rest-api §6.2). `auth_token` is shown to whoever makes the account, and to holders of a token. */
export const AccountResource = Type.Object({
  sid: SidOf('account'),
  friendly_name: Type.String(),
  auth_token: nullable(Type.String()),
  status: Word(accountStatuses),
  type: Type.Literal('Full'),
  owner_account_sid: SidOf('account'),
  date_created: MailDate,
  date_updated: MailDate,
  uri: Type.String(),
  subresource_uris: Type.Object({ keys: Type.String(), signing_keys: Type.String() }),
})
export type AccountResource = Static<typeof AccountResource>

/** An API key. Its `secret` is shown once, when it is made. */
export const ApiKeyResource = Type.Object({
  sid: SidOf('apiKey'),
  friendly_name: Type.String(),
  date_created: MailDate,
  date_updated: MailDate,
  secret: Type.Optional(Type.String()),
})
export type ApiKeyResource = Static<typeof ApiKeyResource>

/** A page of a list of the older API: relative addresses, beside the resources. */
export const OldPageMeta = Type.Object({
  uri: Type.String(),
  first_page_uri: Type.String(),
  next_page_uri: nullable(Type.String()),
  previous_page_uri: nullable(Type.String()),
  page: Type.Integer(),
  page_size: Type.Integer(),
  start: Type.Integer(),
  end: Type.Integer(),
})
export type OldPageMeta = Static<typeof OldPageMeta>
