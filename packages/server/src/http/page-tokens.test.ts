import { ParleyError } from '@parley/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bySid, fromPageToken, type Sorting, toPageToken } from './page-tokens.ts'

const newestFirst: Sorting = { order: 'desc', keys: ['number', 'text'] }
const sid = fc.stringMatching(/^(CH|MB|US)[0-9a-f]{32}$/)

describe('a page token', () => {
  it('says again what it was made of', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), sid, fc.boolean(), (number, text, backwards) => {
        const bookmark = { cursor: [number, text], backwards }
        const token = toPageToken(bookmark, newestFirst)
        expect(token).toMatch(/^PT[\w-]+$/)
        expect(fromPageToken(token, newestFirst)).toEqual(bookmark)
        expect(() => fromPageToken(token, bySid)).toThrow(ParleyError)
      }),
    )
  })

  it('that is anything else is refused', () => {
    const refused = (token: string) => {
      try {
        const { cursor } = fromPageToken(token, bySid)
        // By chance it may be a token after all: then of nothing but a SID.
        expect(cursor).toEqual([expect.stringMatching(/^[A-Z]{2}[0-9a-f]{32}$/)])
      } catch (error) {
        expect(error).toBeInstanceOf(ParleyError)
      }
    }
    const encoded = (said: string) => `PT${Buffer.from(said).toString('base64url')}`
    fc.assert(fc.property(fc.string(), refused))
    fc.assert(fc.property(fc.json(), (json) => refused(encoded(json))))
    fc.assert(fc.property(fc.jsonValue(), (cursor) => refused(encoded(JSON.stringify({ order: 'asc', cursor })))))
    fc.assert(fc.property(fc.array(fc.jsonValue()), (cursor) => refused(encoded(JSON.stringify({ order: 'asc', cursor })))))
  })
})
