import { type Static, Type } from '@sinclair/typebox'
import { filledText } from './fields.ts'

/** An access token that is to be explained. */
export const CheckToken = Type.Object({ token: filledText({ empty: 'parameter-missing' }) })
export type CheckToken = Static<typeof CheckToken>
