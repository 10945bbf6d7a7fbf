import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { databases } from '../support/parley.ts'
import { Apps } from '../support/sdk.ts'
import { startServerProcess } from '../support/server-process.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { eventually } from '../support/until.ts'

const hex = () => randomBytes(16).toString('hex')

describe.each(databases)('a server killed between a commit and its answer, on %s', (database) => {
  it('has the message once: our client sends it again to the next process, which knows it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'))
    const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
    const key = { PARLEY_API_KEY_SID: `SK${hex()}`, PARLEY_API_KEY_SECRET: hex() }
    const names = { PARLEY_ACCOUNT_SID: `AC${hex()}`, PARLEY_AUTH_TOKEN: hex(), PARLEY_SERVICE_SID: `IS${hex()}` }
    const settings = {
      ...names,
      ...key,
      PARLEY_SECRET_KEY: hex() + hex(),
      PARLEY_MODE: 'development',
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: folder,
      ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
    }
    const apps = new Apps()
    let server = await startServerProcess(settings)
    const port = Number(new URL(server.url).port)
    await using network = await openTcpProxy({ port })
    try {
      const rest = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
      rest.conversations.baseUrl = server.url
      const { conversations } = rest.conversations.v1
      const { sid } = await conversations.create()
      await conversations(sid).participants.create({ identity: 'alice' })
      const { AccessToken } = twilio.jwt
      const token = new AccessToken(names.PARLEY_ACCOUNT_SID, key.PARLEY_API_KEY_SID, key.PARLEY_API_KEY_SECRET, { identity: 'alice' })
      token.addGrant(new AccessToken.ChatGrant({ serviceSid: names.PARLEY_SERVICE_SID }))
      const uri = network.url(`${server.url.replace(/^http/, 'ws')}/v3/wsconnect`)
      const app = await apps.start({ version: 'our own', identity: 'alice', uri, token: token.toJwt() })
      const conversation = await app.conversation(sid)
      const bodies = async () => (await conversations(sid).messages.list()).map(({ body }) => body)

      network.mute()
      const sending = [conversation.sendMessage('one'), conversation.sendMessage('two')]
      await eventually('both messages to be there', async () => ((await bodies()).length === 2 ? true : undefined))
      await server.kill()
      server = await startServerProcess({ ...settings, PARLEY_PORT: String(port) })

      expect(await Promise.all(sending)).toEqual([0, 1])
      expect(await conversation.sendMessage('three')).toBe(2)
      expect(await bodies()).toEqual(['one', 'two', 'three'])
      expect((await conversation.getMessages()).items.map(({ index, body }) => `${index} ${body}`)).toEqual(['0 one', '1 two', '2 three'])
    } finally {
      await apps.stopAll()
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 150_000)
})
