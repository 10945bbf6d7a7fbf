import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type ErrorName, limitExceeded, ParleyError } from './errors.ts'
import { clearableText, custom, type Reading, required } from './fields.ts'
import type { LimitName } from './limits.ts'

/**
 * Content templates: messages made beforehand, in one or more forms, with gaps such as `{{1}}` or `{{name}}` (rest-api §6.3, wire-protocol §5.8).
 */

const filled = Type.String({ minLength: 1 })
const some = <S extends TSchema>(item: S) => Type.Array(item, { minItems: 1 })
const maybe = Type.Optional
const oneOf = <const W extends string>(...words: W[]) => Type.Unsafe<W>(Type.String({ enum: words, pattern: `^(${words.join('|')})$` }))

const actionTypes = ['URL', 'PHONE_NUMBER', 'QUICK_REPLY', 'COPY_CODE', 'VOICE_CALL', 'VOICE_CALL_REQUEST', 'REQUEST_CONTACT_INFO'] as const

const actionOf = (...types: (typeof actionTypes)[number][]) =>
  Type.Object({
    type: oneOf(...types),
    title: maybe(filled),
    url: maybe(filled),
    phone: maybe(filled),
    code: maybe(filled),
    id: maybe(filled),
    webview_size: maybe(oneOf('TALL', 'FULL', 'HALF', 'NONE')),
  })

const action = actionOf('URL', 'PHONE_NUMBER', 'QUICK_REPLY', 'COPY_CODE', 'VOICE_CALL')
const flow = { body: filled, button_text: filled, subtitle: maybe(filled), media_url: maybe(filled) }

/** The forms of a template, by their names. Those that the client SDKs read come first, the more telling before the plainer. */
const forms = {
  'twilio/card': Type.Object(
    { title: maybe(filled), subtitle: maybe(filled), media: maybe(Type.Array(filled)), actions: maybe(Type.Array(action)) },
    { minProperties: 1 },
  ),
  'twilio/list-picker': Type.Object({
    body: filled,
    button: filled,
    items: some(Type.Object({ id: filled, item: filled, description: maybe(filled) })),
  }),
  'twilio/call-to-action': Type.Object({
    body: filled,
    actions: some(actionOf(...actionTypes)),
  }),
  'twilio/quick-reply': Type.Object({
    body: filled,
    actions: some(Type.Object({ type: maybe(oneOf('QUICK_REPLY')), title: filled, id: maybe(filled) })),
  }),
  'twilio/media': Type.Object({ body: maybe(filled), media: some(filled) }),
  'twilio/location': Type.Object({
    latitude: Type.Number({ minimum: -90, maximum: 90 }),
    longitude: Type.Number({ minimum: -180, maximum: 180 }),
    label: maybe(filled),
    id: maybe(filled),
    address: maybe(filled),
  }),
  'twilio/carousel': Type.Object({
    body: filled,
    cards: some(Type.Object({ title: maybe(filled), body: filled, media: filled, actions: some(action) })),
  }),
  'twilio/catalog': Type.Object({
    title: maybe(filled),
    body: filled,
    subtitle: maybe(filled),
    id: maybe(filled),
    items: maybe(
      Type.Array(
        Type.Object({
          id: maybe(filled),
          section_title: maybe(filled),
          name: maybe(filled),
          media_url: maybe(filled),
          price: maybe(Type.Number()),
          description: maybe(filled),
        }),
      ),
    ),
    dynamic_items: maybe(filled),
  }),
  'twilio/schedule': Type.Object({ id: filled, title: filled, time_slots: Type.Union([filled, some(filled)]) }),
  'twilio/flows': Type.Object({
    ...flow,
    type: filled,
    pages: some(Type.Object({ id: filled, title: filled, layout: some(Type.Object({ type: filled })) })),
  }),
  'whatsapp/card': Type.Object({
    body: filled,
    footer: maybe(filled),
    media: maybe(Type.Array(filled)),
    header_text: maybe(filled),
    actions: maybe(Type.Array(action)),
  }),
  'whatsapp/authentication': Type.Object({
    add_security_recommendation: maybe(Type.Boolean()),
    code_expiration_minutes: maybe(Type.Number({ minimum: 1 })),
    actions: some(Type.Object({ type: oneOf('COPY_CODE'), copy_code_text: filled })),
  }),
  'whatsapp/flows': Type.Object({
    ...flow,
    flow_id: filled,
    flow_token: maybe(filled),
    flow_first_page_id: maybe(filled),
    is_flow_first_page_endpoint: maybe(Type.Boolean()),
  }),
  'twilio/text': Type.Object({ body: filled }),
} satisfies Record<string, TSchema>

export type ContentType = keyof typeof forms

/** The forms, those first that say more to who can show them. */
export const contentTypes = Object.keys(forms) as ContentType[]

/** The forms of a template by their names, such as `twilio/card`. */
export const ContentTypes = Type.Partial(Type.Object(forms), { minProperties: 1, additionalProperties: false })
export type ContentTypes = Partial<Record<ContentType, Record<string, unknown>>>

const refusal = (field: string, problem: string) =>
  new ParleyError('parameter-invalid', { text: `Invalid parameter ${field}: ${problem}`, details: { field } })

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a button must say besides its type, for it to do anything. */
const saidBy: Partial<Record<string, 'url' | 'phone' | 'code' | 'title'>> = {
  URL: 'url',
  PHONE_NUMBER: 'phone',
  COPY_CODE: 'code',
  QUICK_REPLY: 'title',
}

function assertActions(field: string, actions: readonly Record<string, unknown>[]): void {
  for (const [at, action] of actions.entries()) {
    const type = String(action['type'] ?? '')
    const member = saidBy[type]
    if (member !== undefined && action[member] === undefined && action['copy_code_text'] === undefined)
      throw refusal(`${field}.${at}.${member}`, `an action of type ${type} needs it`)
    if (action['title'] === undefined && type !== 'COPY_CODE') throw refusal(`${field}.${at}.title`, 'a title is expected')
  }
}

function assertDistinct(field: string, ids: readonly unknown[]): void {
  const seen = new Set<unknown>()
  for (const [at, id] of ids.entries()) {
    if (seen.has(id)) throw refusal(`${field}.${at}.id`, 'every item needs an id of its own')
    seen.add(id)
  }
}

/** The rules that no schema tells. */
function assertSensible(field: string, form: Record<string, unknown>): void {
  const listIn = (name: string) => (Array.isArray(form[name]) ? (form[name] as Record<string, unknown>[]) : [])
  assertActions(`${field}.actions`, listIn('actions'))
  for (const [at, card] of listIn('cards').entries())
    assertActions(`${field}.cards.${at}.actions`, card['actions'] as Record<string, unknown>[])
  if (field.endsWith('/list-picker'))
    assertDistinct(
      `${field}.items`,
      listIn('items').map(({ id }) => id),
    )
}

/** NUL, which PostgreSQL does not store, and halves of surrogate pairs, which UTF-8 does not have. */
const unstorable = /[\0\uD800-\uDFFF]/u

function readTypes(raw: unknown, { field, limits }: Reading): ContentTypes {
  if (!isObject(raw)) throw refusal(field, 'an object such as {"twilio/text": {"body": "…"}} is expected')
  const given = Object.entries(raw).filter(([, form]) => form !== null)
  if (given.length === 0) throw refusal(field, 'at least one type is expected')
  const types: ContentTypes = Object.fromEntries(given.map(([name, form]) => [name, readForm(name, form, field)]))
  mapTexts(types, (text) => {
    if (unstorable.test(text)) throw refusal(field, 'well-formed text without NUL is expected')
    return text
  })
  if (new TextEncoder().encode(JSON.stringify(types)).length > limits.contentTemplateBytes)
    throw limitExceeded('parameter-invalid', 'contentTemplateBytes', limits.contentTemplateBytes, field)
  return types
}

/**
 * What fills the gaps of a template, by name: an object, or its JSON text.
 *
 * @throws 50527 for anything else, 50529, 50540 and 50541 for what is too long (rest-api §3.3)
 */
function readVariables(raw: unknown, at: Reading): Record<string, string> {
  if (raw === null || raw === '') return {}
  const longest = at.limits.contentVariablesLength
  if (typeof raw === 'string' && raw.length > longest) throw tooLong('content-variables-too-long', 'contentVariablesLength', at)
  const variables = typeof raw === 'string' ? parsed(raw) : raw
  if (!isObject(variables)) throw malformed('a JSON object of strings is expected', at)
  const entries = Object.entries(variables)
  if (entries.length > at.limits.contentVariables) throw tooLong('content-variables-invalid', 'contentVariables', at)
  for (const [name, value] of entries) {
    if (name.length > at.limits.contentVariableKeyLength)
      throw tooLong('content-variable-key-too-long', 'contentVariableKeyLength', at, name)
    if (!gapName.test(name) || unstorable.test(name)) throw malformed('a name has no spaces and no braces', at, name)
    if (typeof value !== 'string' || unstorable.test(value)) throw malformed(`the value of ${name} is expected to be text`, at, name)
    if (value.length > at.limits.contentVariableValueLength)
      throw tooLong('content-variable-value-too-long', 'contentVariableValueLength', at, name)
  }
  if (JSON.stringify(variables).length > longest) throw tooLong('content-variables-too-long', 'contentVariablesLength', at)
  return variables as Record<string, string>
}

/** One form, without members that nobody reads. */
function readForm(name: string, raw: unknown, field: string): Record<string, unknown> {
  const at = `${field}.${name}`.slice(0, 200)
  if (!Object.hasOwn(forms, name)) throw refusal(at, `there is no such type: one of ${contentTypes.join(', ')} is expected`)
  const schema = forms[name as ContentType]
  const wrong = Value.Errors(schema, raw).First()
  if (wrong) throw refusal(at + wrong.path.replaceAll('/', '.'), wrong.message.toLowerCase())
  const form = Value.Clean(schema, raw) as Record<string, unknown>
  assertSensible(at, form)
  return form
}

const gapName = /^[^{}\s]+$/

const about = (field: string, variable?: string) => ({ field, ...(variable === undefined ? {} : { variable: variable.slice(0, 80) }) })

const malformed = (problem: string, { field }: Reading, variable?: string) =>
  new ParleyError('content-variables-invalid', { text: `Invalid content variables format: ${problem}`, details: about(field, variable) })

function tooLong(reason: ErrorName, limit: LimitName, { field, limits }: Reading, variable?: string): ParleyError {
  const { details } = limitExceeded(reason, limit, limits[limit])
  return new ParleyError(reason, { details: { ...about(field, variable), ...details } })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const variablesByName = Type.Record(Type.String(), Type.String())

/** What fills the gaps of a message: a JSON object of strings, as text. */
export const contentVariables = custom<Record<string, string>>(
  Type.String({ description: 'JSON object of strings: what fills each gap' }),
  readVariables,
)

const variables = Type.Optional(custom<Record<string, string>>(variablesByName, readVariables))

const language = custom<string>(Type.String({ description: 'A language tag such as `en` or `pt_BR`' }), (raw, { field }) => {
  if (typeof raw === 'string' && /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}$/.test(raw)) return raw
  throw refusal(field, 'a language tag such as en or pt_BR is expected')
})
const friendly_name = Type.Optional(clearableText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long' }))
const types = required(custom<ContentTypes>(ContentTypes, readTypes), 'parameter-missing')

/** Parameters of creating a content template (rest-api §6.3). */
export const CreateContentTemplate = Type.Object({ friendly_name, language, variables, types })
export type CreateContentTemplate = Static<typeof CreateContentTemplate>

/** A template's new forms; what else is absent stays. */
export const UpdateContentTemplate = Type.Object({ friendly_name, language: Type.Optional(language), variables, types })
export type UpdateContentTemplate = Static<typeof UpdateContentTemplate>

/** What a template is to be filled with, for a look at it. */
export const PreviewContent = Type.Object({ content_variables: variables })
export type PreviewContent = Static<typeof PreviewContent>

/** Names of the Node helper's classes that are spelled otherwise on the wire: `timeSlots`, `twilioListPicker`. */
const wireName = (name: string) => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
const typeByHelperName = new Map(contentTypes.map((name) => [name.replace(/[/-]/g, '_'), name]))

/**
 * The body of a request as the reference spells it. The Node helper's own classes (`ContentCreateRequest`, `Types`, …) are written to the wire
 * with the names that they have in JavaScript; they mean the same.
 */
export function contentOfHelper(body: unknown): unknown {
  if (!isObject(body)) return body
  const named = Object.fromEntries(Object.entries(body).map(([name, value]) => [wireName(name), value]))
  const { types } = named
  if (!isObject(types)) return named
  const spelled = Object.entries(types).map(([name, form]) => {
    const type = typeByHelperName.get(wireName(name))
    return type === undefined || name === type ? [name, form] : [type, deeplyNamed(form)]
  })
  return { ...named, types: Object.fromEntries(spelled) }
}

/** No form is deeper than this. */
const deepest = 8

function deeplyNamed(value: unknown, depth = 0): unknown {
  if (depth > deepest) return value
  if (Array.isArray(value)) return value.map((one) => deeplyNamed(one, depth + 1))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [wireName(name), deeplyNamed(inner, depth + 1)]))
}

const gap = /\{\{\s*([^{}\s]+)\s*\}\}/g

/** The names of the gaps in a form, each once. */
export function gapsIn(form: unknown): string[] {
  const names = new Set<string>()
  mapTexts(form, (text) => {
    for (const [, name] of text.matchAll(gap)) names.add(name as string)
    return text
  })
  return [...names]
}

/** A form with its gaps filled. Each is filled once: text that looks like a gap in a value stays text. */
export function fillGaps<T>(form: T, values: ReadonlyMap<string, string>): T {
  return mapTexts(form, (text) => text.replace(gap, (whole, name: string) => values.get(name) ?? whole)) as T
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change)]))
}

const textIn = (form: Record<string, unknown> | undefined, ...names: string[]): string | null => {
  const said = names.map((name) => form?.[name]).filter((value) => typeof value === 'string' && value !== '')
  return said.length === 0 ? null : said.join('\n')
}

/** The form of a template that says most, for who can show it. */
export const richestIn = (types: ContentTypes): ContentType => contentTypes.find((name) => types[name] !== undefined) ?? 'twilio/text'

/** A template in plain words, for whoever shows nothing but text. */
export function plainWords(types: ContentTypes): string | null {
  const rich = types[richestIn(types)]
  return (
    textIn(types['twilio/text'], 'body') ?? textIn(rich, 'body') ?? textIn(rich, 'title', 'subtitle') ?? textIn(rich, 'label', 'address')
  )
}

/** What a media that holds a filled template is called: the SDK finds the form in it (wire-protocol §5.8). */
export const richContentType = (name: ContentType) => `application/x-vnd.com.twilio.rich.${name.replace('/', '.')}`
export const isRichContent = (content_type: string) => content_type.startsWith('application/x-vnd.com.twilio.rich.')

/** A form as SDKs read it: the buttons of a card are numbered. */
export function numberActions(form: Record<string, unknown>): Record<string, unknown> {
  const { actions } = form
  return Array.isArray(actions) ? { ...form, actions: actions.map((action: object, index) => ({ ...action, index })) } : form
}
