import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { databases } from '../support/parley.ts'
import { startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const account_sid = `AC${'1'.repeat(32)}`
const auth_token = '2'.repeat(32)

/** Many portions of an erasure. */
const messages = 1_000

describe.concurrent.each(databases)('a server killed while it erases a user, on %s', (database) => {
  it('goes on where it was when it comes back, and counts nothing twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-erasing-'))
    const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
    const settings = {
      PARLEY_ACCOUNT_SID: account_sid,
      PARLEY_AUTH_TOKEN: auth_token,
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: folder,
      ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
    }
    let server = await startServerProcess(settings)
    const { port } = new URL(server.url)
    try {
      const client = twilio(account_sid, auth_token)
      client.conversations.baseUrl = server.url
      const rest = client.conversations.v1
      const { sid } = await rest.conversations.create()
      await rest.conversations(sid).participants.create({ identity: 'alice' })
      for (let sent = 0; sent < messages; sent += 50)
        await Promise.all(Array.from({ length: 50 }, () => rest.conversations(sid).messages.create({ author: 'alice', body: 'hers' })))
      await rest.conversations(sid).messages.create({ author: 'bob', body: 'his' })
      const { sid: user_sid } = await rest.users('alice').fetch()

      const erasure = `${server.url}/v1/Users/${user_sid}/Erasure`
      const headers = { authorization: `Basic ${btoa(`${account_sid}:${auth_token}`)}` }
      const look = async () => (await fetch(erasure, { headers })).json()
      expect((await fetch(erasure, { method: 'POST', headers })).status).toBe(201)
      await eventually('the erasure to be under way', async () => ((await look()).messages_erased > 0 ? true : undefined))
      await server.kill()
      server = await startServerProcess({ ...settings, PARLEY_PORT: port })

      const done = await eventually('the erasure to be completed', async () => {
        const told = await look()
        return told.status === 'completed' ? told : undefined
      })
      expect(done).toMatchObject({ conversations_left: 1, messages_erased: messages })
      expect((await rest.conversations(sid).messages.list()).map(({ index, body }) => [index, body])).toEqual([[messages, 'his']])
    } finally {
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 60_000)
})
