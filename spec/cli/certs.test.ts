import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Person, person } from '../support/cli.ts'
import { startParley } from '../support/parley.ts'

/** A program as customers have it: it knows the official library, and no other server than the original's. */
const unmodified = `
const client = require('twilio')(process.env.ACCOUNT, process.env.TOKEN)
client.conversations.v1.conversations.create({ friendlyName: 'By name' })
  .then(({ friendlyName }) => console.log(friendlyName), (error) => { console.error(error.message); process.exit(1) })
`

/** What the hosts file and the privileged port do, for one process: no test may change the machine. */
const hosts = (port: string) => `
const { Agent } = require('node:https')
const createConnection = Agent.prototype.createConnection
Agent.prototype.createConnection = function (options, ...more) {
  return createConnection.call(this, { ...options, host: '127.0.0.1', port: ${port}, servername: options.host }, ...more)
}
`

describe('parley certs', () => {
  let alice: Person
  beforeEach(async () => {
    alice = await person()
  })
  afterEach(() => alice[Symbol.asyncDispose]())

  const inCerts = (name: string) => join(alice.home, '.parley', 'certs', name)

  it('lets a program that knows only the names of the original talk to Parley', async () => {
    const { code, out, said } = await alice.parley('certs')
    expect(code).toBe(0)
    expect(out).toContain('127.0.0.1 conversations.twilio.com\n')
    expect(out).toContain('127.0.0.1 tsock.us1.twilio.com\n')
    expect(out).toContain(`NODE_EXTRA_CA_CERTS=${inCerts('ca.pem')}`)
    expect(out + said).not.toContain('PRIVATE KEY')

    const settings = { PARLEY_TLS_CERT: inCerts('cert.pem'), PARLEY_TLS_KEY: inCerts('key.pem') }
    await using parley = await startParley({ settings })
    writeFileSync(join(alice.home, 'hosts.cjs'), hosts(new URL(parley.url).port))
    const run = (env: Record<string, string>) =>
      promisify(execFile)(process.execPath, ['--require', join(alice.home, 'hosts.cjs'), '--eval', unmodified], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        env: { PATH: process.env['PATH'], ACCOUNT: parley.credentials.account_sid, TOKEN: parley.credentials.auth_token, ...env },
      })
    expect((await run({ NODE_EXTRA_CA_CERTS: inCerts('ca.pem') })).stdout).toBe('By name\n')
    // Who does not know the authority is not talked into it.
    await expect(run({})).rejects.toThrow(/certificate/)
  })

  it('names what the libraries dial, and what was asked for besides', async () => {
    const { json } = await alice.parley('certs', '--name', 'chat.example.org', '--name', '10.0.0.7', '--region', 'ie1', '--json')
    const cert = new X509Certificate(readFileSync(inCerts('cert.pem')))
    for (const host of [
      'api.twilio.com',
      'mcs.ie1.twilio.com',
      'tsock.ie1.twilio.com',
      'aim.ie1.twilio.com',
      'chat.example.org',
      'localhost',
    ])
      expect(cert.checkHost(host)).toBe(host)
    expect(cert.checkIP('10.0.0.7')).toBe('10.0.0.7')
    expect(cert.checkHost('www.twilio.com')).toBeUndefined()
    expect(json).toMatchObject({ authority_made: true, settings: { PARLEY_TLS_CERT: inCerts('cert.pem') } })
    expect(cert.checkIssued(new X509Certificate(readFileSync(inCerts('ca.pem'))))).toBe(true)
    for (const secret of ['key.pem', 'ca-key.pem']) expect(statSync(inCerts(secret)).mode & 0o777).toBe(0o600)
    expect((await alice.parley('certs', '--name', 'not a host')).code).toBe(2)
  })

  it('keeps the authority that others trust already, and loses none', async () => {
    await alice.parley('certs')
    const authority = readFileSync(inCerts('ca.pem'), 'utf8')
    const cert = readFileSync(inCerts('cert.pem'), 'utf8')
    expect((await alice.parley('certs', '--json')).json.authority_made).toBe(false)
    expect(readFileSync(inCerts('ca.pem'), 'utf8')).toBe(authority)
    expect(readFileSync(inCerts('cert.pem'), 'utf8')).not.toBe(cert)

    rmSync(inCerts('ca-key.pem'))
    expect(await alice.parley('certs')).toMatchObject({ code: 1, said: expect.stringContaining('only a half') })
    expect(readFileSync(inCerts('ca.pem'), 'utf8')).toBe(authority)
  })
})
