import { type TSchema, Type } from '@sinclair/typebox'
import { type SidKind, sidPrefix } from '../sids.ts'

/** The kinds of values that resources are made of (rest-api §1.5, §1.6). */

/** A SID in the case that Parley answers. */
export const SidOf = (kind: SidKind) => Type.String({ pattern: `^${sidPrefix[kind]}[0-9a-f]{32}$` })

/** Something that may be null, and is never left out. */
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** UTC in whole seconds with a literal `Z`: the one form that every helper library reads. */
export const DateTime = Type.String({ format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' })

/** RFC 2822, which the older API speaks. */
export const MailDate = Type.String({ format: 'date-time-rfc-2822' })

/** An absolute URL. */
export const Url = Type.String({ format: 'uri' })

/** Absolute URLs of what belongs to a resource, by name. */
export const Links = <const N extends string>(...names: N[]) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, Url])) as Record<N, typeof Url>, { format: 'uri-map' })

/** JSON as text, never an object. */
export const JsonText = Type.String()

/** Free text out of a list of words. */
export const Word = <const W extends string>(words: readonly W[]) => Type.Unsafe<W>(Type.String({ enum: [...words] }))
