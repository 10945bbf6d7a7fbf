import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'

/** A server that is none of ours. @returns its address, and how often it was asked */
async function stranger(answer: string) {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.writeHead(404).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked, close: () => server.close() }
}

describe('how parley finds its server, and signs in', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeEach(async () => {
    alice = await person()
  })
  afterEach(() => alice[Symbol.asyncDispose]())

  const file = () => join(alice.home, '.config', 'parley', 'profiles.json')
  const add = (name: string, env = environmentFor(parley())) => alice.parley('profiles', 'add', name, { env })

  it('keeps profiles where only their owner can read them, and shows no secret unless asked', async () => {
    const { auth_token, api_key_secret } = parley().credentials
    expect(await add('here')).toMatchObject({ code: 0 })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readFileSync(file(), 'utf8')).toContain(api_key_secret)

    const shown = await alice.parley('profiles', 'show', 'here')
    expect(shown.out).toContain(parley().url)
    for (const secret of [auth_token, api_key_secret]) expect(shown.out + shown.said).not.toContain(secret)
    expect((await alice.parley('profiles', 'show', 'here', '--secrets')).out).toContain(api_key_secret)

    // Somebody copied it about.
    chmodSync(file(), 0o644)
    expect((await alice.parley('services', 'list')).code).toBe(0)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('takes the profile that was named, else the environment, else the default one', async () => {
    await add('here')
    const gone = await stranger('')
    gone.close()
    await add('nowhere', { ...environmentFor(parley()), PARLEY_URL: gone.url }).then(({ code }) => expect(code).toBe(3))
    const elsewhere = ['profiles', 'add', 'nowhere', '--no-check', '--url', gone.url]
    await alice.parley(...elsewhere, { env: { ...environmentFor(parley()), PARLEY_URL: '' } })
    const list = (...words: string[]) => alice.parley('services', 'list', ...words)

    expect((await list()).code).toBe(0)
    expect(await list('--profile', 'nowhere')).toMatchObject({
      code: 3,
      said: expect.stringMatching(/nobody listens there[\s\S]*profile nowhere/),
    })
    expect((await alice.parley('services', 'list', { env: { PARLEY_PROFILE: 'nowhere' } })).code).toBe(3)
    await alice.parley('profiles', 'use', 'nowhere')
    expect((await list()).code).toBe(3)
    expect((await alice.parley('services', 'list', { env: environmentFor(parley()) })).code).toBe(0)
    expect((await list('--url', parley().url)).code).toBe(0)
    expect((await alice.parley('profiles', 'list')).out).toMatch(/^\* +nowhere/m)

    await alice.parley('profiles', 'remove', 'nowhere', '--yes')
    expect(await list()).toMatchObject({ code: 2, said: expect.stringContaining('Which server?') })
    expect(await list('-p', 'nowhere')).toMatchObject({ code: 2, said: expect.stringContaining('There are: here') })
  })

  it('sends the credentials of a profile to no other address', async () => {
    await add('here')
    const other = await stranger('')
    expect(await alice.parley('services', 'list', '--url', other.url)).toMatchObject({
      code: 2,
      said: expect.stringContaining('no credentials'),
    })
    expect((await alice.parley('services', 'list', '--url', other.url, '--profile', 'here')).code).toBe(2)
    other.close()
    expect(other.asked()).toBe(0)
  })

  it('says what is wrong with credentials, and which they were', async () => {
    const wrong = { ...environmentFor(parley()), PARLEY_API_KEY_SECRET: '0'.repeat(32) }
    expect(await add('wrong', wrong)).toMatchObject({ code: 4, said: expect.stringMatching(/20003[\s\S]*new profile wrong/) })
    expect((await alice.parley('profiles', 'list', '--json')).json).toEqual([])
    const refused = await alice.parley('services', 'list', '--json', { env: wrong })
    expect(refused).toMatchObject({ code: 4, out: '' })
    expect(JSON.parse(refused.said)).toMatchObject({
      exit_code: 4,
      details: { code: 20003 },
      advice: [expect.stringContaining('environment'), expect.anything()],
    })
  })

  it('says when something else answers', async () => {
    const other = await stranger('<h1>Not here</h1>')
    const env = { ...environmentFor(parley()), PARLEY_URL: other.url }
    expect(await alice.parley('services', 'list', { env })).toMatchObject({
      code: 5,
      said: expect.stringContaining('not as Parley does'),
    })
    other.close()
  })

  it('says what a refused request has wrong, with an exit code of its own', async () => {
    await add('here')
    expect(await alice.parley('users', 'create', '--identity', 'eve', '--attributes', '{')).toMatchObject({
      code: 6,
      out: '',
      said: expect.stringMatching(/50304[\s\S]*Attributes/),
    })
  })

  it('refuses profiles that are damaged rather than losing them', async () => {
    mkdirSync(join(alice.home, '.config', 'parley'), { recursive: true })
    writeFileSync(file(), '{"profiles":')
    expect(await add('here')).toMatchObject({ code: 2, said: expect.stringContaining('damaged') })
    expect(readFileSync(file(), 'utf8')).toBe('{"profiles":')
  })

  it('asks nobody when there is nobody to ask', async () => {
    expect(await alice.parley('profiles', 'add', 'here')).toMatchObject({ code: 2, said: expect.stringContaining('--url') })
    const known = ['--url', parley().url, '--account-sid', parley().credentials.account_sid]
    expect(await alice.parley('profiles', 'add', 'here', ...known)).toMatchObject({
      code: 2,
      said: expect.stringContaining('PARLEY_AUTH_TOKEN'),
    })
  })
})
