import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import twilio from 'twilio'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Going, type Person, person } from '../support/cli.ts'
import { type FreshDatabase, freshDatabase } from '../support/fresh-database.ts'
import { App, sdkVersions } from '../support/sdk.ts'

/** Names given to the server, so that they are the same wherever its rows go. */
const names = {
  PARLEY_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  PARLEY_AUTH_TOKEN: 't'.repeat(32),
  PARLEY_API_KEY_SID: `SK${'2'.repeat(32)}`,
  PARLEY_API_KEY_SECRET: 's'.repeat(32),
  PARLEY_SERVICE_SID: `IS${'3'.repeat(32)}`,
  PARLEY_SECRET_KEY: 'a'.repeat(64),
}

function tokenFor(identity: string): string {
  const { AccessToken } = twilio.jwt
  const token = new AccessToken(names.PARLEY_ACCOUNT_SID, names.PARLEY_API_KEY_SID, names.PARLEY_API_KEY_SECRET, { identity })
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: names.PARLEY_SERVICE_SID }))
  return token.toJwt()
}

describe('the databases of parley', () => {
  let alice: Person
  const made: FreshDatabase[] = []
  beforeEach(async () => {
    alice = await person(names)
  })
  afterEach(async () => {
    await alice[Symbol.asyncDispose]()
    for (const database of made.splice(0)) await database.drop()
  })
  /** The URL of an empty database. */
  const postgres = async () => {
    const database = await freshDatabase(inject('postgresUrl'), { empty: true })
    made.push(database)
    return database.url
  }

  const serve = async (url: string, port = '0') => {
    const server = alice.start('serve', '--port', port, '--database-url', url, '--json', { env: { PARLEY_LOG_LEVEL: 'error' } })
    const { url: base } = JSON.parse(await server.line('the ready server', /^\{"url"/))
    const rest = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
    rest.conversations.baseUrl = base
    return { server, base: base as string, conversations: rest.conversations.v1.conversations }
  }
  type Conversations = Awaited<ReturnType<typeof serve>>['conversations']

  const sqlite = (name: string) => `sqlite:${join(alice.home, name)}`
  const stop = (server: Going) => server.end('SIGTERM').then(({ code }) => expect(code).toBe(0))

  async function talk(conversations: Conversations): Promise<string> {
    const { sid } = await conversations.create({ uniqueName: 'kept', attributes: '{"é":"\u{1f600}"}' })
    await conversations(sid).participants.create({ identity: 'alice' })
    const bob = await conversations(sid).participants.create({ identity: 'bob' })
    for (const body of ['null', 'it\'s "quoted" \\ and\nlong', '\u{1f600} ü'])
      await conversations(sid).messages.create({ author: 'alice', body })
    const gone = await conversations(sid).messages.create({ body: 'gone' })
    await conversations(sid).messages(gone.sid).remove()
    await conversations(sid).participants(bob.sid).remove()
    return sid
  }

  const stateOf = async (conversations: Conversations, sid: string) =>
    JSON.stringify([
      await conversations(sid).fetch(),
      await conversations(sid).participants.list(),
      await conversations(sid).messages.list(),
    ]).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '')

  it('move from SQLite to PostgreSQL and back, and an app goes on as if nothing had been', async () => {
    const postgresUrl = await postgres()
    const first = await serve(sqlite('first.db'))
    const { port } = new URL(first.base)
    const sid = await talk(first.conversations)
    const app = new App({
      version: '3.0.1',
      uri: `${first.base.replace('http', 'ws')}/v3/wsconnect`,
      identity: 'alice',
      token: tokenFor('alice'),
    })
    const conversation = await app.conversation(sid)
    await conversation.getMessages()
    app.forget()
    const before = await stateOf(first.conversations, sid)

    const early = await alice.parley('db', 'port', postgresUrl, '--database-url', sqlite('first.db'), '-y')
    expect(early).toMatchObject({ code: 2, said: expect.stringContaining('Another server is using') })

    await stop(first.server)
    const there = await alice.parley('db', 'port', postgresUrl, '--database-url', sqlite('first.db'), '-y', '--json')
    expect(there.code).toBe(0)
    expect(there.json).toContainEqual({ table: 'messages', rows: 4, digest: expect.any(String) })
    expect(there.out + there.said).not.toContain(new URL(postgresUrl).password)

    const second = await serve(postgresUrl, port)
    expect(await stateOf(second.conversations, sid)).toBe(before)
    await second.conversations(sid).messages.create({ author: 'system', body: 'on PostgreSQL' })
    await app.hears('messageAdded', ({ body }) => body === 'on PostgreSQL')
    expect(await alice.parley('db', 'port', sqlite('second.db'), '--database-url', postgresUrl, '-y')).toMatchObject({
      code: 1,
      said: expect.stringContaining('A server is using'),
    })
    await stop(second.server)

    const back = await alice.parley('db', 'port', sqlite('second.db'), '--database-url', postgresUrl, '-y', '--json')
    expect(back.code).toBe(0)
    const third = await serve(sqlite('second.db'), port)
    await third.conversations(sid).messages.create({ author: 'system', body: 'on SQLite again' })
    await app.hears('messageAdded', ({ body }) => body === 'on SQLite again')
    // Nothing twice, nothing missed.
    expect(app.story('messageAdded', 'messageRemoved', 'conversationLeft')).toEqual([
      'messageAdded 4 on PostgreSQL',
      'messageAdded 5 on SQLite again',
    ])
    await app.shutdown()
    await stop(third.server)
  })

  it('are not poured into one another', async () => {
    const postgresUrl = await postgres()
    for (const name of ['one.db', 'two.db']) await stop((await serve(sqlite(name))).server)
    const full = await alice.parley('db', 'port', sqlite('two.db'), '--database-url', sqlite('one.db'), '-y')
    expect(full).toMatchObject({ code: 1, said: expect.stringContaining('is not empty') })
    await alice.parley('db', 'port', postgresUrl, '--database-url', sqlite('one.db'), '-y')
    const again = await alice.parley('db', 'port', postgresUrl, '--database-url', sqlite('one.db'), '-y')
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('is not empty') })
    expect(await alice.parley('db', 'port', sqlite('one.db'), '--database-url', sqlite('one.db'), '-y')).toMatchObject({ code: 1 })
    expect(await alice.parley('db', 'port', sqlite('x.db'), '--database-url', sqlite('none.db'), '-y')).toMatchObject({ code: 3 })
    expect(existsSync(join(alice.home, 'none.db'))).toBe(false)
    expect(await alice.parley('db', 'port', sqlite('x.db'), '--database-url', 'postgres://u:hidden@127.0.0.1:1/x', '-y')).toMatchObject({
      code: 3,
      said: expect.not.stringContaining('hidden'),
    })
  })

  it.each(['SQLite', 'PostgreSQL', 'SQLite, portably'])('of %s are backed up while the server goes on, and restored', async (kind) => {
    const url = kind === 'PostgreSQL' ? await postgres() : sqlite('live.db')
    const live = await serve(url)
    const sid = await talk(live.conversations)
    const before = await stateOf(live.conversations, sid)
    const file = join(alice.home, 'backup')
    const portable = kind === 'SQLite, portably' ? ['--portable'] : []
    const made = await alice.parley('db', 'backup', file, '--database-url', url, '--json', ...portable)
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('secret key') })
    expect(made.json.format).toBe(kind === 'SQLite' ? 'sqlite' : 'dump')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // What is written after the backup is not in it.
    await live.conversations(sid).messages.create({ body: 'later' })
    await stop(live.server)

    // A database of the other kind, too.
    for (const to of [sqlite('restored.db'), await postgres()]) {
      expect(await alice.parley('db', 'restore', file, '--database-url', to, '-y')).toMatchObject({ code: 0 })
      const restored = await serve(to)
      expect(await stateOf(restored.conversations, sid)).toBe(before)
      await stop(restored.server)
    }
  })

  it('are never written over, and neither are their backups', async () => {
    const urls = [sqlite('full.db'), await postgres()]
    for (const url of urls) await stop((await serve(url)).server)
    const backup = () => alice.parley('db', 'backup', join(alice.home, 'backup'), '--database-url', sqlite('full.db'))
    expect((await backup()).code).toBe(0)
    expect(await backup()).toMatchObject({ code: 1, said: expect.stringContaining('already') })
    for (const url of urls)
      expect((await alice.parley('db', 'restore', join(alice.home, 'backup'), '--database-url', url, '-y')).code).toBe(1)
  })

  it.each(['SQLite', 'PostgreSQL'])('of %s go on, when they are restored, above what apps have heard since the backup', async (kind) => {
    const url = kind === 'PostgreSQL' ? await postgres() : sqlite('live.db')
    const live = await serve(url)
    const { port } = new URL(live.base)
    const sid = await talk(live.conversations)
    const file = join(alice.home, 'backup')
    expect((await alice.parley('db', 'backup', file, '--database-url', url)).code).toBe(0)
    const apps = sdkVersions.map(
      (version) =>
        new App({ version, uri: `${live.base.replace('http', 'ws')}/v3/wsconnect`, identity: 'alice', token: tokenFor('alice') }),
    )
    for (const app of apps) await (await app.conversation(sid)).getMessages()
    for (const body of ['lost', 'lost too']) await live.conversations(sid).messages.create({ author: 'system', body })
    const [first] = await live.conversations(sid).messages.list({ limit: 1 })
    for (let n = 0; n < 5; n++) {
      await live.conversations(sid).update({ friendlyName: `lost ${n}` })
      await live
        .conversations(sid)
        .messages(String(first?.sid))
        .update({ body: `lost ${n}` })
    }
    for (const app of apps) await app.hears('conversationUpdated', ({ conversation }) => conversation.friendlyName === 'lost 4')
    for (const app of apps) await app.hears('messageUpdated', ({ message }) => message.body === 'lost 4')
    await stop(live.server)

    expect(await alice.parley('db', 'restore', file, '--database-url', sqlite('restored.db'), '-y')).toMatchObject({ code: 0 })
    const restored = await serve(sqlite('restored.db'), port)
    await restored.conversations(sid).update({ friendlyName: 'found again' })
    // The first two take the places of those that are lost.
    for (const body of ['new', 'newer', 'newest']) await restored.conversations(sid).messages.create({ author: 'system', body })

    for (const app of apps) {
      await app.hears('conversationUpdated', ({ conversation }) => conversation.friendlyName === 'found again')
      await app.hears('messageAdded', ({ body }) => body === 'newest')
      await app.shutdown()
    }
    await stop(restored.server)
  })

  it('are backed up with the files of their messages, and restored with them', async () => {
    const data = (name: string) => ['--data-dir', join(alice.home, name)]
    const serveIn = async (name: string) => {
      const server = alice.start('serve', '--port', '0', '--json', ...data(name), { env: { PARLEY_LOG_LEVEL: 'error' } })
      const { url } = JSON.parse(await server.line('the ready server', /^\{"url"/)) as { url: string }
      const authorization = `Basic ${Buffer.from(`${names.PARLEY_ACCOUNT_SID}:${names.PARLEY_AUTH_TOKEN}`).toString('base64')}`
      const ask = (path: string, init: RequestInit = {}) =>
        fetch(`${url}/v1/Services/${names.PARLEY_SERVICE_SID}/Media${path}`, {
          ...init,
          headers: { authorization, 'content-type': 'text/plain' },
        })
      return { server, ask }
    }
    const live = await serveIn('live')
    const { sid } = (await (await live.ask('', { method: 'POST', body: 'a picture' })).json()) as { sid: string }
    const file = join(alice.home, 'backup')
    const made = await alice.parley('db', 'backup', file, ...data('live'), '--json')
    expect(made.json).toMatchObject({ media: { folder: `${file}.media`, files: 1, bytes: 9 } })
    expect(statSync(`${file}.media`).mode & 0o777).toBe(0o700)
    const without = await alice.parley('db', 'backup', join(alice.home, 'rows'), ...data('live'), '--no-media')
    expect(without).toMatchObject({ code: 0, said: expect.stringContaining(join('live', 'media')) })
    expect(existsSync(join(alice.home, 'rows.media'))).toBe(false)
    await stop(live.server)
    rmSync(join(alice.home, 'live'), { recursive: true })

    const content = async (name: string) => {
      const { server, ask } = await serveIn(name)
      const answer = await ask(`/${sid}/Content`)
      const text = await answer.text()
      await stop(server)
      return { status: answer.status, text }
    }
    expect(await alice.parley('db', 'restore', file, ...data('restored'), '-y')).toMatchObject({ code: 0 })
    expect(await content('restored')).toEqual({ status: 200, text: 'a picture' })
    // A backup without its files is not taken for a whole one; and nothing was begun.
    const halved = await alice.parley('db', 'restore', join(alice.home, 'rows'), ...data('halved'), '-y')
    expect(halved).toMatchObject({ code: 1, said: expect.stringContaining('are missing') })
    expect((await alice.parley('db', 'restore', join(alice.home, 'rows'), ...data('halved'), '-y', '--no-media')).code).toBe(0)
    expect((await content('halved')).status).not.toBe(200)
    // What cannot be restored brings no files either.
    writeFileSync(file, 'hello')
    expect((await alice.parley('db', 'restore', file, ...data('damaged'), '-y')).code).toBe(1)
    expect(
      readdirSync(join(alice.home, 'damaged', 'media'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()),
    ).toEqual([])

    const ported = await alice.parley('db', 'port', sqlite('elsewhere.db'), ...data('restored'), '-y')
    expect(ported).toMatchObject({ code: 0, said: expect.stringContaining(join('restored', 'media')) })
  })

  it('are not restored from a backup that is damaged', async () => {
    await stop((await serve(sqlite('live.db'))).server)
    const file = join(alice.home, 'backup')
    await alice.parley('db', 'backup', file, '--database-url', sqlite('live.db'), '--portable')
    const good = readFileSync(file)
    const bend = (text: string) => text.replace('"active"', '"Active"')
    const damages: Record<string, () => void> = {
      'cut off': () => truncateSync(file, good.length - 20),
      'cut off at a line': () => writeFileSync(file, gzipSync(gunzipSync(good).toString().split('\n').slice(0, -2).join('\n'))),
      changed: () => writeFileSync(file, gzipSync(bend(gunzipSync(good).toString()))),
      'something else': () => writeFileSync(file, 'hello'),
    }
    for (const [how, damage] of Object.entries(damages)) {
      damage()
      const refused = await alice.parley('db', 'restore', file, '--database-url', sqlite('restored.db'), '-y')
      expect({ how, code: refused.code, said: refused.said }).toEqual({ how, code: 1, said: expect.stringContaining('is damaged') })
      expect(existsSync(join(alice.home, 'restored.db'))).toBe(false)
    }
    writeFileSync(file, good)
    expect((await alice.parley('db', 'restore', file, '--database-url', sqlite('restored.db'), '-y')).code).toBe(0)
  })

  it('are brought up to date', async () => {
    for (const url of [sqlite('new.db'), await postgres()]) {
      const migrate = (...words: string[]) => alice.parley('db', 'migrate', ...words, '--database-url', url)
      const check = await migrate('--check')
      expect(check).toMatchObject({ code: 1, out: expect.stringContaining('would take 0001-first-conversation') })
      expect((await migrate()).out).toContain('took 0001-first-conversation')
      expect(await migrate('--check')).toMatchObject({ code: 0, out: expect.stringContaining('up to date') })
      await stop((await serve(url)).server)
    }
  })
})
