import { limitsOf, ParleyError } from '@parley/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyText, parseForm, queryOf } from './form.ts'

const limits = limitsOf('open')
const text = fc.string({ unit: 'binary' })

/** Runs a parser, and lets only refusals pass. */
function refusedOrRead(parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    expect(error).toBeInstanceOf(ParleyError)
  }
}

describe('a form', () => {
  it('is read as browsers and helper libraries write it, names and values in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 50 }), (pairs) => {
        const expected = new Map<string, string[]>()
        for (const [name, value] of pairs) expected.set(name, [...(expected.get(name) ?? []), value])
        const plus = new URLSearchParams(pairs).toString()
        const percent = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
        expect(parseForm(plus, limits)).toEqual(expected)
        expect(parseForm(percent, limits)).toEqual(expected)
        expect(queryOf(`/v1/Conversations?${percent}`, limits)).toEqual(expected)
      }),
    )
  })

  it('is refused or read, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('%', '&', '=', '+', 'a', 'F', '0', '\0', 'é') }), (said) =>
        refusedOrRead(() => parseForm(said, limits)),
      ),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => refusedOrRead(() => bodyText(Buffer.from(bytes)))))
  })

  it('may have as many parameters as the limit says', () => {
    const of = (count: number) => parseForm(Array(count).fill('a=1').join('&'), { ...limits, requestParameters: 3 })
    expect(of(3).get('a')).toHaveLength(3)
    expect(() => of(4)).toThrow(ParleyError)
  })
})
