import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentFor, type Finished, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'
import { App } from '../support/sdk.ts'

const accountSid = `AC${'1'.repeat(32)}`
const keySid = `SK${'2'.repeat(32)}`
const secret = 's'.repeat(32)
const serviceSid = `IS${'3'.repeat(32)}`

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] as string, 'base64url').toString())
const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] as string, 'base64url').toString())

/** A token of the official library, for a service that is none where `service` says so. */
function officialToken({
  identity = 'alice',
  service = serviceSid,
  ttl = 3_600,
  key = secret,
  nbf,
}: {
  identity?: string
  service?: string
  ttl?: number
  key?: string
  nbf?: number
} = {}) {
  const { AccessToken } = twilio.jwt
  const token = new AccessToken(accountSid, keySid, key, { identity, ttl, ...(nbf ? { nbf } : {}) })
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: service }))
  return token.toJwt()
}

describe('parley token chat', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeAll(async () => {
    alice = await person(environmentFor(parley()))
  })
  afterAll(() => alice[Symbol.asyncDispose]())

  it('makes a token with which the official SDK connects', async () => {
    const { out, said, code } = await alice.parley('token', 'chat', '--identity', 'alice')
    expect({ code, said }).toEqual({ code: 0, said: '' })
    const app = new App({ version: '3.0.1', uri: parley().socketUrl, identity: 'alice', token: out.trim() })
    await app.hears('initialized')
    await app.client.getSubscribedConversations()
    await app.shutdown()
  })

  it('makes what the official library makes, with no server', async () => {
    const env = {
      PARLEY_URL: 'http://127.0.0.1:9',
      PARLEY_ACCOUNT_SID: accountSid,
      PARLEY_API_KEY_SID: keySid,
      PARLEY_API_KEY_SECRET: secret,
    }
    const { out } = await alice.parley('token', 'chat', '--identity', 'alice', '--chat-service-sid', serviceSid, '--ttl', '60', { env })
    const [ours, theirs] = [claimsOf(out), claimsOf(officialToken({ ttl: 60 }))]
    expect(headerOf(out)).toEqual(headerOf(officialToken()))
    expect({ ...ours, jti: '', iat: 0, exp: ours.exp - ours.iat }).toEqual({ ...theirs, jti: '', iat: 0, exp: 60 })
    expect(ours.jti).toBe(`${keySid}-${ours.iat}`)
  })

  it('can be called as the vendor’s CLI is, with its variables and its formats', async () => {
    const env = Object.fromEntries(Object.keys(environmentFor(parley())).map((name) => [name, '']))
    const vendor = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_API_KEY: keySid, TWILIO_API_SECRET: secret }
    const words = ['token:chat', '--identity', 'alice', '--chat-service-sid', serviceSid]
    const run = (...more: string[]) => alice.parley(...words, ...more, { env: { ...env, ...vendor } })

    expect(claimsOf((await run()).out)).toMatchObject({ iss: keySid, sub: accountSid })
    expect((await run('-o', 'json')).out).toMatch(/^\[\n {2}\{\n {4}"jwt": "ey[\w.-]+"\n {2}\}\n\]\n$/)
    expect((await run('-o', 'none')).out).toBe('')
    expect(await run('--ttl', '86401')).toMatchObject({ code: 1, said: expect.stringContaining('TTL must be shorter than 24 hours') })
    expect(
      await alice.parley('token:chat', '--identity', 'alice', '--chat-service-sid', 'MG1', { env: { ...env, ...vendor } }),
    ).toMatchObject({
      code: 1,
      said: expect.stringContaining('Invalid Chat Service SID'),
    })
    expect(await alice.parley(...words, { env: { ...env, PARLEY_ACCOUNT_SID: accountSid, PARLEY_AUTH_TOKEN: secret } })).toMatchObject({
      code: 2,
      said: expect.stringContaining('signed with an API key'),
    })
    expect(await alice.parley('token:chat')).toMatchObject({ code: 2, said: expect.stringContaining('--identity') })
  })
})

describe('parley token check', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeAll(async () => {
    alice = await person(environmentFor(parley()))
  })
  afterAll(() => alice[Symbol.asyncDispose]())

  const wrong = ({ json }: Finished) =>
    json.findings.filter(({ state }: { state: string }) => state === 'wrong').map(({ part }: { part: string }) => part)
  const offline = async (token: string) => wrong(await alice.parley('token', 'check', '--offline', '--json', token))

  it('finds nothing wrong with a good token, by itself and at the server, and makes no user of it', async () => {
    const { code, json } = await alice.parley('token', 'check', '--json', { input: `${parley().token('nobody yet')}\n` })
    expect({ code, good: json.good }).toEqual({ code: 0, good: true })
    expect(json.findings.map(({ part }: { part: string }) => part)).toEqual(
      expect.arrayContaining(['signature', 'iss, sub', 'grants.chat.service_sid', 'verdict']),
    )
    expect(await parley().conversations.users.list()).toEqual([])

    await parley().conversations.users.create({ identity: 'known' })
    const known = await alice.parley('token', 'check', parley().token('known'))
    expect(known).toMatchObject({ code: 0, out: expect.stringContaining('takes it') })
    expect(known.out).toMatch(/^ok +grants\.identity +known$/m)
  })

  it('names the claim that is wrong, and what is expected there', async () => {
    const { out, code } = await alice.parley('token', 'check', '--offline', officialToken({ service: `MG${'0'.repeat(32)}` }))
    expect(code).toBe(1)
    expect(out).toMatch(/^wrong +grants\.chat\.service_sid .*IS….*MG… is a messaging service/m)

    expect(await offline(officialToken({ ttl: 100_000 }))).toEqual(['exp'])
    expect(await offline(officialToken({ ttl: -60 }))).toEqual(['exp'])
    expect(await offline(officialToken({ nbf: Math.floor(Date.now() / 1_000) + 600 }))).toEqual(['nbf'])
    expect(await offline('not.a.token')).toEqual(['form'])
    expect(await offline(officialToken())).toEqual([])
  })

  it('asks the server what only it knows', async () => {
    const { credentials } = parley()
    const forged = parley().token('known', { key: { sid: credentials.api_key_sid, secret: 'x'.repeat(32) } })
    expect(wrong(await alice.parley('token', 'check', '--json', forged))).toContain('signature')
    // Somebody who does not know the secret hears it from the server.
    const onlyAccount = { env: { PARLEY_API_KEY_SID: '', PARLEY_API_KEY_SECRET: '' } }
    expect(wrong(await alice.parley('token', 'check', '--json', forged, onlyAccount))).toEqual(['signature', 'verdict'])
    expect(wrong(await alice.parley('token', 'check', '--json', officialToken()))).toEqual(['iss, sub', 'verdict'])
  })
})
