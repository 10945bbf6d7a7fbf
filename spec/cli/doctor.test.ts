import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { environmentFor, type Finished, type Person, person } from '../support/cli.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { sharedParley } from '../support/rest.ts'

interface Finding {
  name: string
  state: 'ok' | 'warning' | 'wrong'
  text: string
  advice?: string
}

describe('parley doctor', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeEach(async () => {
    alice = await person({ PARLEY_PORT: '0' })
  })
  afterEach(() => alice[Symbol.asyncDispose]())

  const findings = ({ json }: Finished): Record<string, Finding> => Object.fromEntries(json.findings.map((one: Finding) => [one.name, one]))
  const doctor = async (env: Record<string, string> = {}) => findings(await alice.parley('doctor', '--json', { env }))
  const data = (name: string) => join(alice.home, '.parley', name)

  it('finds nothing wrong before a first start, and changes nothing', async () => {
    const { code, json, said } = await alice.parley('doctor', '--json')
    expect({ code, said, well: json.well }).toEqual({ code: 0, said: '', well: true })
    expect(findings({ json } as Finished)).toMatchObject({
      node: { state: 'ok' },
      'data folder': { state: 'ok' },
      database: { state: 'ok', text: expect.stringContaining('first start') },
      'secret key': { state: 'ok', text: expect.stringContaining('first start') },
    })
    expect((await alice.parley('db', 'migrate', '--check')).code).toBe(1)
  })

  it('finds nothing wrong with a server that serves', async () => {
    const server = alice.start('dev', '--port', '0')
    const url = /ready on (\S+)/.exec(await server.line('the ready server', /^Parley is ready on/))?.[1] as string
    const found = await doctor({ PARLEY_PORT: new URL(url).port })
    expect(found).toMatchObject({
      database: { state: 'ok', text: expect.stringContaining('up to date') },
      'secret key': { state: 'ok', text: expect.stringContaining('opens the stored secrets') },
      port: { state: 'ok', text: expect.stringContaining('a Parley server answers') },
      server: { state: 'ok', text: expect.stringContaining('profile dev') },
      'server clock': { state: 'ok' },
    })
    await server.end()

    // Somebody has put another key there, and then none.
    writeFileSync(data('secret.key'), 'f'.repeat(64))
    expect((await doctor())['secret key']).toMatchObject({ state: 'wrong', text: expect.stringContaining('does not open') })
    rmSync(data('secret.key'))
    expect(await alice.parley('doctor')).toMatchObject({ code: 1, out: expect.stringContaining('Something is wrong.') })
    expect((await doctor())['secret key']).toMatchObject({ state: 'wrong' })
  })

  it('says what to do about settings, folders, ports, keys and certificates', async () => {
    expect(await doctor({ PARLEY_PRT: '1' })).toMatchObject({ settings: { state: 'wrong', text: expect.stringContaining('PARLEY_PORT') } })
    expect(await doctor({ PARLEY_MODE: 'development', PARLEY_HOST: '0.0.0.0' })).toMatchObject({ mode: { state: 'warning' } })
    expect(await doctor({ PARLEY_PUBLIC_URL: 'https://example.org' })).toMatchObject({ 'public URL': { state: 'warning' } })

    mkdirSync(data(''), { recursive: true, mode: 0o755 })
    chmodSync(data(''), 0o755)
    writeFileSync(data('secret.key'), 'short')
    expect(await doctor({ PARLEY_PORT: new URL(parley().url).port })).toMatchObject({
      'data folder': { state: 'warning', advice: expect.stringContaining('chmod 700') },
      'secret key': { state: 'wrong', text: expect.stringContaining('damaged') },
      port: { state: 'ok' },
    })

    await alice.parley('certs')
    const tls = { PARLEY_TLS_CERT: data('certs/cert.pem'), PARLEY_TLS_KEY: data('certs/key.pem') }
    expect(await doctor(tls)).toMatchObject({ certificate: { state: 'ok', text: expect.stringMatching(/good for 39\d days/) } })
    expect(await doctor({ ...tls, PARLEY_TLS_KEY: data('certs/ca-key.pem') })).toMatchObject({ certificate: { state: 'wrong' } })
    expect(await doctor({ ...tls, PARLEY_PUBLIC_URL: 'https://chat.example.org' })).toMatchObject({ certificate: { state: 'warning' } })
  })

  it('looks at PostgreSQL, and shows no password', async () => {
    await using postgres = await freshDatabase(inject('postgresUrl'))
    expect(await doctor({ PARLEY_DATABASE_URL: postgres.url })).toMatchObject({
      database: { state: 'ok' },
      'database clock': { state: 'ok' },
    })
    const gone = await alice.parley('doctor', { env: { PARLEY_DATABASE_URL: 'postgres://parley:hidden@127.0.0.1:1/parley' } })
    expect(gone).toMatchObject({ code: 1, out: expect.stringContaining('cannot be reached') })
    expect(gone.out + gone.said).not.toContain('hidden')
  })

  it('tells whether the webhooks of a server can be reached', async () => {
    const { rest, url } = parley()
    const port = new URL(url).port
    await rest.conversations.v1.configuration.webhooks().update({ preWebhookUrl: `${url}/hook`, postWebhookUrl: 'http://127.0.0.1:1/hook' })
    const { json } = await alice.parley('doctor', '--json', { env: { ...environmentFor(parley()), PARLEY_PORT: '0' } })
    const webhooks = json.findings.filter(({ name }: Finding) => name === 'webhook')
    expect(webhooks).toEqual([
      { name: 'webhook', state: 'ok', text: `127.0.0.1:${port} can be reached from here` },
      { name: 'webhook', state: 'warning', text: expect.stringContaining('127.0.0.1:1 cannot be reached'), advice: expect.any(String) },
    ])
  })
})
