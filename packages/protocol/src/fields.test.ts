import type { TObject, TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ParleyError } from './errors.ts'
import { decodeForm, decodeJson, formName } from './fields.ts'
import * as protocol from './index.ts'
import { type LimitName, limitsOf } from './limits.ts'

const limits = limitsOf('open')
const runs = { seed: 20_261_120, numRuns: 150 }

/** Every set of parameters that may come in a form or as JSON; content templates come as JSON alone (spec/content). */
const allParameters = (Object.entries(protocol) as [string, unknown][]).filter(
  (entry): entry is [string, TObject] =>
    !entry[0].endsWith('ContentTemplate') &&
    /^(Add|Create|Fetch|List|Name|Send|Update|Upload)[A-Z]/.test(entry[0]) &&
    typeof entry[1] === 'object' &&
    entry[1] !== null &&
    'properties' in entry[1],
)

interface Leaf {
  path: string[]
  isList: boolean
}

/** Every field of some parameters, with the names that lead to it. */
function leavesOf(schema: TObject, path: string[] = []): Leaf[] {
  return Object.entries(schema.properties).flatMap(([name, property]: [string, TSchema]) =>
    property['type'] === 'object'
      ? leavesOf(property as TObject, [...path, name])
      : [{ path: [...path, name], isList: property['type'] === 'array' }],
  )
}

const formSpelling = ({ path }: Leaf) => path.map(formName).join('.')
const jsonSpelling = ({ path }: Leaf) => path.join('.')

type Outcome = { decoded: unknown } | { refused: ParleyError }

/** What comes of reading. Nothing but a `ParleyError` may be thrown. */
function outcome(read: () => unknown): Outcome {
  try {
    return { decoded: read() }
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error
    return { refused: error }
  }
}

const sids = Object.values(protocol.sidPrefix).map((prefix) => `${prefix}${'0123456789abcdef'.repeat(2)}`)

/** What people, libraries and attackers write into fields. */
const anyText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1e3',
    '007',
    '9'.repeat(15),
    '9'.repeat(400),
    'true',
    'FALSE',
    'null',
    '{}',
    '{"a":{"b":[1]}}',
    '{"__proto__":1}',
    '[',
    '\0',
    'a\0b',
    '\ud800',
    '😀',
    'PT5M',
    'P1DT12H',
    'P',
    'P9999999999Y',
    '2026-01-31',
    '2026-01-31T23:59:59Z',
    '2026-02-31T00:00:00Z',
    '0000-01-01',
    '9999-12-31T23:59:59-14:00',
    'active',
    'CLOSED',
    'muted',
    'asc',
    'joinConversation',
    'conversation',
    '+15550100001',
    'a@b.example',
    'x'.repeat(257),
    'é'.repeat(40_000),
    ...sids,
    ...sids.map((sid) => sid.toUpperCase()),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const anyJson = fc.oneof(anyText, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(Number.MAX_VALUE, -0, 1.5, Number.MAX_SAFE_INTEGER + 1))

/** Some of the leaves, each with values. */
const filled = <T>(leaves: Leaf[], value: fc.Arbitrary<T>) =>
  fc.array(fc.record({ leaf: fc.constantFrom(...leaves), values: fc.array(value, { minLength: 1, maxLength: 3 }) }), { maxLength: 6 })

function nest(into: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) into[name] = value
  else {
    into[name] ??= {}
    nest(into[name] as Record<string, unknown>, rest, value)
  }
}

describe.each(allParameters)('%s', (_, schema) => {
  const leaves = leavesOf(schema)
  const names = new Set(leaves.flatMap((leaf) => [formSpelling(leaf), jsonSpelling(leaf)]))
  const expectNamed = (result: Outcome) => {
    if ('refused' in result) expect(names).toContain(result.refused.details?.['field'])
  }

  it('are values or a refusal that names the field, whatever a form says', () => {
    fc.assert(
      fc.property(filled(leaves, anyText), (said) => {
        const form = new Map(said.map(({ leaf, values }) => [formSpelling(leaf), values]))
        const result = outcome(() => decodeForm(schema, form, limits))
        expectNamed(result)
        if ('decoded' in result) expectSound(result.decoded)
      }),
      runs,
    )
  })

  it('are values or a refusal that names the field, whatever JSON says', () => {
    fc.assert(
      fc.property(filled(leaves, anyJson), fc.boolean(), (said, asList) => {
        const body = {}
        for (const { leaf, values } of said) nest(body, leaf.path, asList ? values : values[0])
        const result = outcome(() => decodeJson(schema, body, limits))
        expectNamed(result)
        if ('decoded' in result) expectSound(result.decoded)
      }),
      runs,
    )
  })

  it.each([undefined, null, 0, '', 'text', true, [], [[]], Object.create(null)])('are read from %j as from nothing', (body) => {
    const nothing = outcome(() => decodeJson(schema, {}, limits))
    expect(outcome(() => decodeJson(schema, body, limits))).toEqual(nothing)
  })

  it('mean the same in a form and in JSON', () => {
    fc.assert(
      fc.property(filled(leaves, anyText), (said) => {
        const form = new Map<string, string[]>()
        const body = {}
        for (const { leaf, values } of said) {
          form.set(formSpelling(leaf), values)
          nest(body, leaf.path, leaf.isList ? values : values.at(-1))
        }
        const [byForm, byJson] = [outcome(() => decodeForm(schema, form, limits)), outcome(() => decodeJson(schema, body, limits))]
        if ('refused' in byForm && 'refused' in byJson) {
          expect(byForm.refused.reason).toBe(byJson.refused.reason)
          const spelled = String(byJson.refused.details?.['field']).split('.').map(formName).join('.')
          expect(byForm.refused.details?.['field']).toBe(spelled)
        } else expect(byForm).toEqual(byJson)
      }),
      runs,
    )
  })
})

/** Nothing that is read may break the database, the answers, or the process. */
function expectSound(value: unknown): void {
  if (typeof value === 'string') {
    expect(value.includes('\0')).toBe(false)
    expect(value).not.toMatch(/[\ud800-\udfff]/u)
  } else if (typeof value === 'number') {
    expect(Number.isSafeInteger(value)).toBe(true)
  } else if (typeof value === 'object' && value !== null) {
    expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value))
    for (const [name, member] of Object.entries(value)) {
      expect(name).not.toBe('__proto__')
      expectSound(member)
    }
  }
}

describe('parameters', () => {
  it('are found only as own members, so that no prototype gives any', () => {
    const inherited = Object.create({ friendly_name: 'inherited' })
    expect(decodeJson(protocol.CreateConversation, inherited, limits)).toEqual({})
    expect(decodeJson(protocol.CreateConversation, JSON.parse('{"__proto__":{"friendly_name":"x"}}'), limits)).toEqual({})
    expect(decodeJson(protocol.CreateConversation, { bindings: JSON.parse('{"__proto__":{"email":{"name":"x"}}}') }, limits)).toEqual({
      bindings: {},
    })
  })

  it('with names that mean something to JavaScript are unknown names', () => {
    const form = new Map(
      ['__proto__', 'constructor', 'toString', '__proto__.FriendlyName', 'FriendlyName.__proto__'].map((name) => [name, ['x']]),
    )
    expect(decodeForm(protocol.CreateConversation, form, limits)).toEqual({})
  })

  it.each<[LimitName, TObject, string, string]>([
    ['friendlyNameLength', protocol.CreateConversation, 'friendly_name', 'é'],
    ['uniqueNameLength', protocol.CreateConversation, 'unique_name', 'é'],
    ['identityLength', protocol.AddParticipant, 'identity', 'é'],
    ['authorLength', protocol.SendMessage, 'author', 'é'],
    ['subjectLength', protocol.SendMessage, 'subject', 'é'],
    ['messageBodyBytes', protocol.SendMessage, 'body', 'x'],
    ['messageBodyBytes', protocol.SendMessage, 'body', 'é'],
    ['messageBodyBytes', protocol.SendMessage, 'body', '😀'],
  ])('are as long as %s says and no longer', (limit, schema, name, character) => {
    const weight = limit.endsWith('Bytes') ? new TextEncoder().encode(character).length : character.length
    const most = character.repeat(Math.floor(limits[limit] / weight))
    expect(decodeJson(schema, { [name]: most }, limits)).toEqual({ [name]: most })
    const result = outcome(() => decodeJson(schema, { [name]: most + character }, limits))
    expect('refused' in result && result.refused.details).toEqual({
      field: name,
      setting: protocol.limitSetting(limit),
      limit: limits[limit],
    })
  })

  it.each<[LimitName, TObject]>([
    ['conversationAttributesBytes', protocol.CreateConversation],
    ['messageAttributesBytes', protocol.SendMessage],
    ['participantAttributesBytes', protocol.AddParticipant],
    ['userAttributesBytes', protocol.UpdateUser],
  ])('have attributes as long as %s says and no longer', (limit, schema) => {
    const most = JSON.stringify('x'.repeat(limits[limit] - 2))
    expect(decodeJson(schema, { attributes: most }, limits)).toEqual({ attributes: most })
    const result = outcome(() => decodeJson(schema, { attributes: `${most} ` }, limits))
    expect('refused' in result && result.refused.reason).toBe('attributes-too-long')
  })

  it('have no text of unlimited length', () => {
    const endless = 'x'.repeat(200_000)
    /** Bounded where they are used. */
    const elsewhere = [
      'CreateAccount friendly_name',
      'UpdateAccount friendly_name',
      'NameApiKey friendly_name',
      'CreateApiKey friendly_name',
      'UploadMedia filename',
    ]
    const stored = allParameters.filter(([name]) => !name.startsWith('List'))
    const unlimited = stored.flatMap(([name, schema]) =>
      leavesOf(schema)
        .filter(({ path }) => {
          const body = {}
          nest(body, path, endless)
          const optional = { ...schema, required: [] } as unknown as TObject
          return 'decoded' in outcome(() => decodeJson(optional, body, limits))
        })
        .map((leaf) => `${name} ${jsonSpelling(leaf)}`),
    )
    expect(unlimited.filter((name) => !elsewhere.includes(name))).toEqual([])
  })
})
