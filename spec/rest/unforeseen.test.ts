import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@parley/server'
import SQLite from 'better-sqlite3'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { type Database, databases, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { ask } from '../support/rest.ts'

/** A database of a test's own, and somebody who does things to it behind the server's back. */
async function openDatabase(kind: Database) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-spec-'))
  const postgres = kind === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
  const file = join(folder, 'parley.db')
  return {
    settings: { PARLEY_DATA_DIR: folder, PARLEY_DATABASE_URL: postgres?.url ?? `sqlite:${file}` },
    async run(sql: string) {
      if (!postgres) return void new SQLite(file).exec(sql).close()
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      await client.query(sql).finally(() => client.end())
    },
    async [Symbol.asyncDispose]() {
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

it.each(databases)('what nobody foresaw is told to the operator with its cause, and to others as a plain 500: on %s', async (kind) => {
  await using database = await openDatabase(kind)
  const said: string[] = []
  const log = createLog({ level: 'error', destination: { write: (line: string) => void said.push(line) } })
  await using parley = await startParley({ settings: database.settings, log })
  const { sid } = await parley.conversations.conversations.create({})
  await parley.conversations.conversations(sid).participants.create({ identity: 'alice' })
  const alice = await RawClient.start(parley.socketUrl, parley.token('alice'))
  const messages = `/v1/Conversations/${sid}/Messages`
  const commands = `/Client/v2/Services/${parley.credentials.service_sid}/Conversations/${sid}/Messages`

  await database.run('alter table messages rename to hidden')
  const plain = { code: 20500, status: 500, message: 'Internal Server Error', more_info: 'https://www.twilio.com/docs/errors/20500' }
  for (const form of [undefined, { Body: 'hello' }]) {
    said.length = 0
    const { status, json } = await ask(parley, messages, form ? { form } : {})
    expect({ status, json }).toEqual({ status: 500, json: plain })
    expect(said.join()).toMatch(/no such table: (main\.)?messages|relation \\"messages\\" does not exist/)
  }
  said.length = 0
  expect(await alice.post(commands, { body: 'hello' })).toEqual({ status: 500, body: plain })
  expect(said.join()).toMatch(/no such table: (main\.)?messages|relation \\"messages\\" does not exist/)

  // Nothing came of it, and everything goes on when the cause has gone: the connection, too.
  await database.run('alter table hidden rename to messages')
  expect((await ask(parley, messages)).json.messages).toEqual([])
  expect(await alice.post(commands, { body: 'hello again' })).toMatchObject({ status: 201, body: { index: 0 } })
  await alice.close()
})
