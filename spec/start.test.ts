import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from './support/raw-client.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'

/** Somewhere nobody may write. Permissions of a folder do not stop root; the kernel's own folders do. */
function unwritable(folder: string): string {
  if (process.getuid?.() === 0) return '/sys/parley'
  const closed = join(folder, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  return join(closed, 'parley')
}

describe('A start', () => {
  let folder: string
  let running: ServerProcess
  let taken: Server
  const inFolder = (name: string) => ({ PARLEY_MODE: 'development', PARLEY_PORT: '0', PARLEY_DATA_DIR: join(folder, name) })
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-start-'))
    writeFileSync(join(folder, 'file'), '')
    running = await startServerProcess(inFolder('running'))
    taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await running.stop()
    taken.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const portOf = (server: Server) => String((server.address() as { port: number }).port)
  it.each<[what: string, settings: () => Record<string, string>, line: RegExp]>([
    ['a busy port', () => ({ PARLEY_PORT: portOf(taken) }), /^port \d+ of 127\.0\.0\.1 is in use; set PARLEY_PORT to another one/],
    ['an address of somebody else', () => ({ PARLEY_HOST: '192.0.2.1' }), /^192\.0\.2\.1 is no address of this machine .*PARLEY_HOST/],
    ['a folder that cannot be written', () => ({ PARLEY_DATA_DIR: unwritable(folder) }), / cannot be written; set PARLEY_DATA_DIR/],
    [
      'a file in the place of the folder',
      () => ({ PARLEY_DATA_DIR: join(folder, 'file') }),
      /file cannot be made a folder \(EEXIST\); set/,
    ],
    ['a folder below a file', () => ({ PARLEY_DATA_DIR: join(folder, 'file', 'sub') }), /sub cannot be made a folder \(ENOTDIR\); set/],
    ['data that another server has', () => inFolder('running'), /^another server is using .*parley\.db; stop it, or set PARLEY_DATA_DIR/],
    ['a bad setting', () => ({ PARLEY_PORT: 'http' }), /^PARLEY_PORT is "http", but must be a whole number/],
    ['a misspelt setting', () => ({ PARLEY_PROT: '80' }), /^PARLEY_PROT is not a setting of Parley; did you mean PARLEY_PORT\?/],
    [
      'a database that does not answer',
      () => ({ PARLEY_DATABASE_URL: 'postgres://127.0.0.1:1/parley' }),
      /^PARLEY_DATABASE_URL leads to no database that can be used: .*ECONNREFUSED/,
    ],
  ])('ends with one clear line and exit code 1 for %s', async (_, settings, line) => {
    const failed = await startServerProcess({ ...inFolder('other'), ...settings() }).then(
      () => 'It has started',
      ({ message }: Error) => message,
    )
    const [summary, said = '', ...more] = failed.split('\n')
    expect(summary).toContain('exit code 1')
    expect(said.replace(/^Parley does not start: /, '')).toMatch(line)
    expect(more).toEqual([''])
  })

  it('says how to sign in, by names and secrets that let one in, tokens for two people, and a line that says where', async () => {
    const lines = running.welcome.split('\n')
    const said = (name: string) =>
      lines
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length)
        .trim() ?? ''
    const service = said('Service SID')
    for (const [username, password] of [
      [said('Account SID'), said('Auth token')],
      [said('API key'), said('API secret')],
    ] as const) {
      const client = twilio(username, password, { accountSid: said('Account SID') })
      client.conversations.baseUrl = running.url
      expect(await client.conversations.v1.services(service).fetch()).toMatchObject({ accountSid: said('Account SID') })
    }
    const [, socketUrl = ''] = /new Client\(token, \{ Twilsock: \{ uri: '(.*)' \} \}\)/.exec(running.welcome) ?? []
    for (const identity of ['alice', 'bob']) {
      const client = await RawClient.start(socketUrl, said(`Token for ${identity}`))
      expect((await client.get('/Client/v2/Configuration')).body).toMatchObject({ identity })
      await client.close()
    }
    expect(lines.at(-1)).toBe(`Parley is ready on ${running.url}`)
  })

  it('goes on with what was there: the same sign-in, and all that was written', async () => {
    const account = { PARLEY_ACCOUNT_SID: `AC${'1'.repeat(32)}`, PARLEY_AUTH_TOKEN: 'a'.repeat(32) }
    const conversationsAt = ({ url }: ServerProcess) => {
      const client = twilio(account.PARLEY_ACCOUNT_SID, account.PARLEY_AUTH_TOKEN)
      client.conversations.baseUrl = url
      return client.conversations.v1.conversations
    }
    const first = await startServerProcess({ ...inFolder('kept'), ...account })
    const { sid } = await conversationsAt(first).create({ uniqueName: 'kept' })
    expect(await first.stop()).toBe(0)

    const second = await startServerProcess(inFolder('kept'))
    expect(await conversationsAt(second)('kept').fetch()).toMatchObject({ sid })
    expect(await second.stop()).toBe(0)
  })
})
