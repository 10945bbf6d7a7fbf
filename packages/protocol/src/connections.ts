import { type Static, Type } from '@sinclair/typebox'
import { sid, text } from './fields.ts'

/** Filters of the list of live connections. */
export const ListConnections = Type.Object({ identity: Type.Optional(text()), chat_service_sid: Type.Optional(sid('service')) })
export type ListConnections = Static<typeof ListConnections>
