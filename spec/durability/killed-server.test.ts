import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { databases } from '../support/parley.ts'
import { App } from '../support/sdk.ts'
import { startServerProcess } from '../support/server-process.ts'

const hex = () => randomBytes(16).toString('hex')
const rooms = 4
const senders = 40
const rounds = 2

/** Names given to the server, so that they are the same in every life of it. */
const names = {
  PARLEY_ACCOUNT_SID: `AC${hex()}`,
  PARLEY_AUTH_TOKEN: hex(),
  PARLEY_API_KEY_SID: `SK${hex()}`,
  PARLEY_API_KEY_SECRET: hex(),
  PARLEY_SERVICE_SID: `IS${hex()}`,
  PARLEY_SECRET_KEY: hex() + hex(),
}

const restOf = (url: string) => {
  const client = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
  client.conversations.baseUrl = url
  return client.conversations.v1
}

function tokenFor(identity: string): string {
  const { AccessToken } = twilio.jwt
  const token = new AccessToken(names.PARLEY_ACCOUNT_SID, names.PARLEY_API_KEY_SID, names.PARLEY_API_KEY_SECRET, { identity })
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: names.PARLEY_SERVICE_SID }))
  return token.toJwt()
}

describe.each(databases)('a server killed with SIGKILL under load, on %s', (database) => {
  it('has every acknowledged message, and tells a client that was away exactly what it missed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'))
    const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
    const settings = {
      ...names,
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: folder,
      ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
    }
    let server = await startServerProcess(settings)
    const { port } = new URL(server.url)
    const rest = restOf(server.url)
    const app = new App({
      version: '3.0.1',
      uri: `${server.url.replace('http', 'ws')}/v3/wsconnect`,
      identity: 'bob',
      token: tokenFor('bob'),
    })
    try {
      await app.hears('initialized')
      const conversations = await Promise.all(Array.from({ length: rooms }, () => rest.conversations.create()))
      for (const { sid } of conversations) {
        await rest.conversations(sid).participants.create({ identity: 'bob' })
        const joined = await app.hears('conversationJoined', (conversation) => conversation.sid === sid)
        // Reading the list once more makes sure that the client holds it before messages come.
        await joined.getMessages()
      }

      const acknowledged = new Set<string>()
      for (let round = 1; round <= rounds; round++) {
        const enough = acknowledged.size + 200 + Math.floor(Math.random() * 300)
        const sending = Array.from({ length: senders }, async (_, at) => {
          const { sid } = conversations[at % rooms] as (typeof conversations)[number]
          for (;;) {
            // A request that the killed server leaves without an answer fails: that message was not acknowledged.
            const message = await rest
              .conversations(sid)
              .messages.create({ body: `${round}` })
              .catch(() => undefined)
            if (!message) return
            acknowledged.add(message.sid)
            if (acknowledged.size === enough) void server.kill()
          }
        })
        await Promise.all(sending)
        await server.kill()
        server = await startServerProcess({ ...settings, PARLEY_PORT: port })
      }

      const stored = new Set<string>()
      for (const { sid } of conversations) {
        await rest.conversations(sid).messages.create({ body: 'last' })
        const messages = await rest.conversations(sid).messages.list({ pageSize: 100 })
        const indexes = messages.map((message) => message.index)
        expect(indexes).toEqual(indexes.map((_, at) => at))
        for (const message of messages) stored.add(message.sid)
        await app.hears('messageAdded', (message) => message.conversation.sid === sid && message.body === 'last')
      }
      expect([...acknowledged].filter((sid) => !stored.has(sid))).toEqual([])

      const heard = app.all('messageAdded').map((message) => message.sid)
      expect(heard.toSorted()).toEqual([...stored].toSorted())
    } finally {
      await app.client.shutdown()
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 60_000)
})
