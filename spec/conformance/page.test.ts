import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { errorCatalogue, originalOperations } from '@parley/protocol'
import { describe, expect, it, TestRunner } from 'vitest'
import { uses, usesRest, watchSdk } from '../support/uses.ts'
import { deviations, neverAnswered } from './deviations.ts'
import { errorCodes, operations, sdkMembers, webhookEvents } from './lists.ts'
import { compatibilityPage } from './page.ts'
import { proofsOf, readProofs, writeProofs } from './proofs.ts'

const file = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

/** The line of a page that is about something. */
const lineOf = (page: string, name: string) => page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))

describe('the page that says what works', () => {
  it('names every operation, every method and event of the typings, and every code', () => {
    const { methods, events } = sdkMembers()
    const page = compatibilityPage([])
    const api = originalOperations.filter((one) => one.api === 'conversations')
    expect(api).toHaveLength(103)
    expect(methods.length).toBeGreaterThan(75)
    expect(methods.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'Client#getContentTemplates',
        'Client.parsePushNotification',
        'Conversation#sendMessage',
        'Message#getContentData',
      ]),
    )
    expect(events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Client#messageAdded', 'Conversation#typingStarted', 'User#updated']),
    )
    const codes = Object.values(errorCatalogue).flatMap(({ code }) => (neverAnswered[code] === undefined ? [String(code)] : []))
    expect(webhookEvents).toHaveLength(23)
    for (const name of [
      ...api.map(({ id }) => id),
      ...methods.map((one) => one.name),
      ...[...events, ...webhookEvents].map((one) => one.name),
      ...codes,
    ])
      expect({ name, line: lineOf(page, name) }).toEqual({ name, line: expect.stringContaining('no proof') })
    expect(lineOf(page, '50511')).toBe(`| \`50511\` | ${neverAnswered[50511]} |`)
  })

  it('says what tests that passed or failed have used', () => {
    const run = (name: string, status: string, ...uses: string[]) => ({ name, assertionResults: [{ status, meta: { uses } }] })
    const fetched = 'operation FetchUser @ twilio-node 6.2.0'
    const proofs = proofsOf(
      [
        { testResults: [run('/repo/spec/b.test.ts', 'passed', fetched, 'method Client#getUser @ 2.6.5', 'code 50107 @ Parley')] },
        { testResults: [run('/repo/spec/a.test.ts', 'passed', fetched), run('/repo/spec/c.test.ts', 'failed', 'code 50107 @ Parley')] },
        { testResults: [run('/repo/spec/d.test.ts', 'skipped', 'code 50200 @ Parley')] },
      ],
      '/repo',
    )
    const page = compatibilityPage(readProofs(writeProofs(proofs)))
    expect(lineOf(page, 'FetchUser')).toBe('| `FetchUser` | `GET /v1/Users/{Sid}` | works | `spec/a.test.ts` |')
    expect(lineOf(page, 'Client#getUser')).toBe('| `Client#getUser` | no proof | works | no proof | `spec/b.test.ts` |')
    expect(lineOf(page, '50107')).toContain('**fails**')
    expect(lineOf(page, '50200')).toContain('no proof')
  })

  it('is up to date; otherwise `npm run conformance` writes it', () => {
    expect(file('compatibility.md')).toBe(compatibilityPage(readProofs(file('compatibility.tsv'))))
  })

  it('gives reasons only for what there is', () => {
    const { methods, events } = sdkMembers()
    const known = new Set([...operations, ...errorCodes, ...methods, ...events, ...webhookEvents].map(({ use }) => use))
    expect(Object.keys(deviations).filter((use) => !known.has(use))).toEqual([])
  })
})

describe('what a test uses', () => {
  const noted = () => TestRunner.getCurrentTest()?.meta.uses ?? []

  it('is noted once', () => {
    uses('code 1', 'x')
    uses('code 1', 'x')
    expect(noted()).toEqual(['code 1 @ x'])
  })

  it('is the operation of a request that succeeded, and the code of one that did not', () => {
    const path = '/v1/Services/IS1/Conversations/CH1/Messages/IM1'
    usesRest('lib', { method: 'get', path, status: 200, body: {} })
    usesRest('lib', { method: 'DELETE', path: '/v1/Users/alice', status: 404, body: { code: 20404 } })
    usesRest('lib', { method: 'GET', path: '/v1/Nothing', status: 200, body: {} })
    expect(noted()).toEqual(['code 20404 @ Parley', 'operation FetchServiceConversationMessage @ lib'])
  })

  it('are the methods of an SDK that succeed, and the events that somebody hears; they do what they did', async () => {
    class Thing extends EventEmitter {
      readonly #secret = 'kept'
      static make() {
        return new Thing()
      }
      tell() {
        return this.#secret
      }
      async fail() {
        throw new Error('as ever')
      }
      async succeed(value: number) {
        return value
      }
      _own() {}
    }
    // As official SDKs export theirs.
    const Wrapped = class extends Thing {}
    watchSdk({ Thing: Wrapped, version: '1' }, 'sdk')
    const thing = new Wrapped()
    Wrapped.make()
    thing.on('heard', () => {})
    thing.emit('heard')
    thing.emit('unheard')
    thing._own()
    expect(thing.tell()).toBe('kept')
    await expect(thing.fail()).rejects.toThrow('as ever')
    expect(await thing.succeed(3)).toBe(3)
    expect(noted()).toEqual(
      ['event Thing#heard', 'method Thing#succeed', 'method Thing#tell', 'method Thing.make'].map((use) => `${use} @ sdk`),
    )
  })
})
