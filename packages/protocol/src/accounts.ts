import { type Static, Type } from '@sinclair/typebox'
import { required, sid, text, word } from './fields.ts'

export const accountStatuses = ['active', 'suspended', 'closed'] as const
export type AccountStatus = (typeof accountStatuses)[number]

const friendly_name = Type.Optional(text({ description: 'at most 64 characters' }))

/** Parameters of creating an account (rest-api §6.2). */
export const CreateAccount = Type.Object({ friendly_name })
export type CreateAccount = Static<typeof CreateAccount>

/** Parameters of changing an account. */
export const UpdateAccount = Type.Object({ friendly_name, status: Type.Optional(word(accountStatuses)) })
export type UpdateAccount = Static<typeof UpdateAccount>

/** Parameters of creating or changing an API key. */
export const NameApiKey = Type.Object({ friendly_name })
export type NameApiKey = Static<typeof NameApiKey>

/** Filters of the list of accounts. */
export const ListAccounts = Type.Object({ friendly_name, status: Type.Optional(word(accountStatuses)) })
export type ListAccounts = Static<typeof ListAccounts>

/** Keys by the newer way, where no path names the account (rest-api §6.2, IAM). */
const account_sid = required(sid('account'), 'parameter-missing')
export const ListApiKeys = Type.Object({ account_sid })
export const CreateApiKey = Type.Object({ account_sid, friendly_name })
