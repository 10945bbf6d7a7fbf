import { type Static, type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { type ErrorName, limitExceeded, ParleyError } from './errors.ts'
import type { LimitName, Limits } from './limits.ts'
import { isSid, type SidKind } from './sids.ts'

/**
 * Fields of parameters. A field is a TypeBox schema (types, OpenAPI) that also knows how to read what a caller sent: text from a form,
 * or a typed value from an SDK's JSON. Both spell a field in their own way (`MessagingBinding.ProxyAddress`,
 * `messaging_binding.proxy_address`); inside Parley it has one name, the one of the answer: `messaging_binding.proxy_address`.
 *
 * Absent means unchanged; empty or null means "clear this" where a field can be cleared (rest-api §1.3).
 */

/** Where a value stands: its name as the caller spelled it, and the bounds in force. */
export interface Reading {
  field: string
  limits: Limits
}

type Read<T> = (raw: unknown, at: Reading) => T

const reader = Symbol('reader')
const whenMissing = Symbol('missing')

interface Readable {
  [reader]?: Read<unknown>
  [whenMissing]?: ErrorName
}

function field<T>(schema: TSchema, read: Read<T>) {
  return Type.Unsafe<T>({ ...schema, [reader]: read })
}

/** The same field, refused with an error of its own when it is required and absent. */
export function required<S extends TSchema>(schema: S, missing: ErrorName): S {
  return { ...schema, [whenMissing]: missing }
}

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text).length

const invalid = (at: Reading, expected: string, reason: ErrorName = 'parameter-invalid') =>
  reason === 'parameter-invalid'
    ? new ParleyError(reason, { text: `Invalid parameter ${at.field}: ${expected} is expected`, details: { field: at.field } })
    : new ParleyError(reason, { details: { field: at.field, expected } })

/** NUL, which PostgreSQL does not store, and halves of surrogate pairs, which UTF-8 does not have. */
const unstorable = /[\0\uD800-\uDFFF]/u

function textOf(raw: unknown, at: Reading, reason?: ErrorName): string {
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw)
  if (typeof raw === 'string' && !unstorable.test(raw)) return raw
  throw invalid(at, 'well-formed text without NUL', reason)
}

interface TextOptions {
  limit?: LimitName
  tooLong?: ErrorName
  description?: string
}

function checkLength(text: string, at: Reading, { limit, tooLong = 'parameter-invalid' }: TextOptions) {
  if (!limit) return
  const max = at.limits[limit]
  const inBytes = limit.endsWith('Bytes')
  // A character takes at most three bytes of UTF-8 for each unit of length: short texts need no counting.
  if (text.length * (inBytes ? 3 : 1) <= max) return
  if (!inBytes || bytesOf(text) > max) throw limitExceeded(tooLong, limit, max, at.field)
}

const described = (description?: string) => (description ? { description } : {})

/** Text that an empty value clears. */
export function clearableText(options: TextOptions = {}) {
  return field<string | null>(Type.String(described(options.description)), (raw, at) => {
    if (raw === null || raw === '') return null
    const text = textOf(raw, at)
    checkLength(text, at, options)
    return text
  })
}

/** Text as it is, also when it is empty. */
export function text(options: TextOptions = {}) {
  return field<string>(Type.String(described(options.description)), (raw, at) => {
    const value = raw === null ? '' : textOf(raw, at)
    checkLength(value, at, options)
    return value
  })
}

/** Text that must say something. */
export function filledText(options: TextOptions & { empty: ErrorName }) {
  return field<string>(Type.String({ minLength: 1, ...described(options.description) }), (raw, at) => {
    const value = raw === null ? '' : textOf(raw, at)
    if (value === '') throw new ParleyError(options.empty, { details: { field: at.field } })
    checkLength(value, at, options)
    return value
  })
}

/** JSON as text, stored and given back exactly as sent; `{}` when cleared (rest-api §1.3). */
export function jsonText(limit: LimitName) {
  return field<string>(Type.String({ description: 'JSON text' }), (raw, at) => {
    if (raw === null || raw === '') return '{}'
    if (typeof raw !== 'string' || unstorable.test(raw)) throw new ParleyError('attributes-not-json', { details: { field: at.field } })
    checkLength(raw, at, { limit, tooLong: 'attributes-too-long' })
    try {
      JSON.parse(raw)
    } catch {
      throw new ParleyError('attributes-not-json', { details: { field: at.field } })
    }
    return raw
  })
}

/** One word of a list, in any case; answered in its canonical case. */
export function word<const W extends string>(words: readonly W[], reason: ErrorName = 'parameter-invalid', empty: ErrorName = reason) {
  const byLowerCase = new Map(words.map((one) => [one.toLowerCase(), one]))
  return field<W>(Type.String({ enum: [...words] }), (raw, at) => {
    if (raw === '' || raw === null) throw invalid(at, `one of ${words.join(', ')}`, empty)
    const found = byLowerCase.get(textOf(raw, at, reason).toLowerCase())
    if (found === undefined) throw invalid(at, `one of ${words.join(', ')}`, reason)
    return found
  })
}

function flagOf(raw: unknown, at: Reading): boolean {
  const said = typeof raw === 'string' ? raw.toLowerCase() : raw
  if (said === true || said === 'true') return true
  if (said === false || said === 'false') return false
  throw invalid(at, 'true or false')
}

/** `true` or `false`. */
export function flag() {
  return field<boolean>(Type.Boolean(), flagOf)
}

/** `true` or `false`, or nothing. */
export function clearableFlag() {
  return field<boolean | null>(Type.Boolean(), (raw, at) => (raw === null || raw === '' ? null : flagOf(raw, at)))
}

/** A whole number ≥ 0 that an empty value clears. */
export function clearableIndex(reason: ErrorName = 'parameter-invalid') {
  return field<number | null>(Type.Integer({ minimum: 0 }), (raw, at) => {
    if (raw === null || raw === '') return null
    const number = typeof raw === 'number' ? raw : typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
    if (!Number.isSafeInteger(number) || number < 0) throw invalid(at, 'a whole number', reason)
    return number
  })
}

const dateTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i

/** Dates that are written with four digits for the year; others could not be answered. */
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** Whether a day is in the calendar: `Date.parse` takes the 31st of February for a day in March. */
function isDay(day: string): boolean {
  const milliseconds = Date.parse(day)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(day)
}

function instantOf(raw: unknown, at: Reading, reason: ErrorName): number {
  if (typeof raw === 'string' && dateTime.test(raw) && isDay(raw.slice(0, 10))) {
    const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(raw) || raw.length === 10 ? raw : `${raw}Z`
    const milliseconds = Date.parse(zoned.replace(' ', 'T'))
    if (milliseconds >= earliest && milliseconds <= latest) return milliseconds
  }
  throw invalid(at, 'an ISO 8601 date such as 2026-01-31T23:59:59Z', reason)
}

/** An instant: ISO 8601 outside, milliseconds since 1970 inside. */
export function instant(reason: ErrorName = 'parameter-invalid') {
  return field<number>(Type.String({ format: 'date-time' }), (raw, at) => instantOf(raw, at, reason))
}

/** An instant that an empty value clears. */
export function clearableInstant(reason: ErrorName = 'parameter-invalid') {
  return field<number | null>(Type.String({ format: 'date-time' }), (raw, at) =>
    raw === null || raw === '' ? null : instantOf(raw, at, reason),
  )
}

/** The last millisecond of the second, or of the day, that is named: so a range includes what is shown with its end. */
export function lastInstant() {
  return field<number>(Type.String({ format: 'date-time' }), (raw, at) => {
    const milliseconds = instantOf(raw, at, 'parameter-invalid')
    const span = (raw as string).length === 10 ? 86_400_000 : 1_000
    return Math.floor(milliseconds / span) * span + span - 1
  })
}

/** A SID of one kind. */
export function sid(kind: SidKind, reason: ErrorName = 'sid-invalid') {
  return field<string>(Type.String(), (raw, at) => {
    if (typeof raw === 'string' && isSid(kind, raw)) return raw.slice(0, 2) + raw.slice(2).toLowerCase()
    throw invalid(at, `a SID of a ${kind}`, reason)
  })
}

interface ListOptions {
  max?: number
  /** A bound that is a setting. */
  limit?: LimitName
  tooMany?: ErrorName
}

/** A list: repeated keys in a form, an array in JSON. */
export function listOf<T>(item: TSchema & { static: T }, { max, limit, tooMany = 'parameter-invalid' }: ListOptions = {}) {
  return field<T[]>(Type.Array(item), (raw, at) => {
    const values = Array.isArray(raw) ? raw : [raw]
    if (max !== undefined && values.length > max) throw invalid(at, `at most ${max} values`, tooMany)
    if (limit && values.length > at.limits[limit]) throw limitExceeded(tooMany, limit, at.limits[limit], at.field)
    return values.map((value) => readField(item, value, at) as T)
  })
}

/** The same field with one more rule. */
export function refined<S extends TSchema & { static: unknown }>(schema: S, assert: (value: S['static'], at: Reading) => void): S {
  return {
    ...schema,
    [reader]: (raw: unknown, at: Reading) => {
      const value = readField(schema, raw, at)
      assert(value, at)
      return value
    },
  }
}

/** A custom field, for a rule that only one parameter has. */
export function custom<T>(schema: TSchema, read: Read<T>) {
  return field<T>(schema, read)
}

function readField(schema: TSchema & Readable, raw: unknown, at: Reading): unknown {
  const read = schema[reader]
  if (!read) throw new TypeError(`The field ${at.field} has a schema that cannot be read`)
  return read(raw, at)
}

const isList = (schema: TSchema) => schema['type'] === 'array'
const isNested = (schema: TSchema & Readable): schema is TObject => schema['type'] === 'object' && !schema[reader]

const spelled = new Map<string, string>()

/** How a form spells a field: `proxy_address` is `ProxyAddress`. Fields are few, and asked for with every request. */
export function formName(name: string): string {
  const known = spelled.get(name)
  if (known !== undefined) return known
  const pascal = name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
  if (spelled.size < 1_000) spelled.set(name, pascal)
  return pascal
}

interface Source {
  /** The raw value at a path of snake-case names; `undefined` when absent. */
  find(path: readonly string[], list: boolean): unknown
  /** The path as the caller spells it. */
  spell(path: readonly string[]): string
  /** Whether anything below the path was sent. */
  has(path: readonly string[]): boolean
}

function decode(schema: TObject<TProperties>, source: Source, limits: Limits, path: readonly string[] = []): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  const requiredNames = new Set<string>(schema.required ?? [])
  for (const [name, property] of Object.entries(schema.properties) as [string, TSchema & Readable][]) {
    const here = [...path, name]
    if (isNested(property)) {
      if (source.has(here)) decoded[name] = decode(property, source, limits, here)
      continue
    }
    const raw = source.find(here, isList(property))
    if (raw !== undefined) decoded[name] = readField(property, raw, { field: source.spell(here), limits })
    else if (requiredNames.has(name)) {
      const field = source.spell(here)
      const reason = property[whenMissing]
      throw reason
        ? new ParleyError(reason, { details: { field } })
        : new ParleyError('parameter-missing', { text: `Missing required parameter ${field} in the post body`, details: { field } })
    }
  }
  return decoded
}

/** A parameter as a form or query spells it. */
export interface FormField {
  /** `MessagingBinding.ProxyAddress` */
  name: string
  schema: TSchema
  required: boolean
}

/** The parameters of a schema, one by one, as forms spell them. */
export function formFields(schema: TObject, path: readonly string[] = []): FormField[] {
  const requiredNames = new Set<string>(schema.required ?? [])
  return (Object.entries(schema.properties) as [string, TSchema & Readable][]).flatMap(([name, property]): FormField[] => {
    const here = [...path, name]
    if (isNested(property)) return formFields(property, here)
    return [{ name: here.map(formName).join('.'), schema: property, required: requiredNames.has(name) }]
  })
}

/** Form or query parameters: each name with all its values, in order. */
export type FormValues = ReadonlyMap<string, readonly string[]>

/** Reads parameters from a form or query; unknown names are ignored. @throws ParleyError for the first bad field */
export function decodeForm<S extends TObject>(schema: S, values: FormValues, limits: Limits): Static<S> {
  const spell = (path: readonly string[]) => path.map(formName).join('.')
  return decode(
    schema,
    {
      spell,
      find: (path, list) => {
        const found = values.get(spell(path))
        return list || found === undefined ? found : found.at(-1)
      },
      has: (path) => {
        const prefix = `${spell(path)}.`
        for (const name of values.keys()) if (name.startsWith(prefix)) return true
        return false
      },
    },
    limits,
  ) as Static<S>
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined

/** Reads parameters from an SDK command's JSON body; unknown members are ignored. @throws ParleyError for the first bad field */
export function decodeJson<S extends TObject>(schema: S, body: unknown, limits: Limits): Static<S> {
  const find = (path: readonly string[]) => path.reduce<unknown>(member, body)
  return decode(
    schema,
    { spell: (path) => path.join('.'), find, has: (path) => typeof find(path) === 'object' && find(path) !== null },
    limits,
  ) as Static<S>
}
