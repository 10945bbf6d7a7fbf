import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { databases } from '../support/parley.ts'
import { Receiver } from '../support/receiver.ts'
import { startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const hex = () => randomBytes(16).toString('hex')

describe.each(databases)('a server killed with webhooks to send, on %s', (database) => {
  it('sends every one of them after its next start, in order, and those that come twice have the same token', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'))
    const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
    await using receiver = await Receiver.open()
    const names = { PARLEY_ACCOUNT_SID: `AC${hex()}`, PARLEY_AUTH_TOKEN: hex(), PARLEY_SERVICE_SID: `IS${hex()}` }
    const settings = {
      ...names,
      PARLEY_SECRET_KEY: hex() + hex(),
      PARLEY_MODE: 'development',
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: folder,
      ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
    }
    let server = await startServerProcess(settings)
    try {
      const client = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
      client.conversations.baseUrl = server.url
      const rest = client.conversations.v1
      await rest
        .services(names.PARLEY_SERVICE_SID)
        .configuration.webhooks()
        .update({ postWebhookUrl: receiver.url, filters: ['onMessageAdded'] })
      const { sid } = await rest.conversations.create()
      let heard = 0
      // It hears some, takes one without a word, and then the power fails.
      receiver.answer = () => (++heard > 20 ? null : {})
      const acknowledged: string[] = []
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (;;) {
            const message = await rest
              .conversations(sid)
              .messages.create({ body: 'hello', xTwilioWebhookEnabled: 'true' })
              .catch(() => undefined)
            if (!message) return
            acknowledged.push(message.sid)
            if (acknowledged.length === 100) void server.kill()
          }
        }),
      )
      await server.kill()
      receiver.answer = () => ({})
      server = await startServerProcess({ ...settings, PARLEY_PORT: new URL(server.url).port })

      const missing = () => {
        const told = new Set(receiver.calls.all.map(({ parameters }) => parameters['MessageSid']))
        return acknowledged.filter((message) => !told.has(message))
      }
      await eventually('every acknowledged message to be told', () => missing().length === 0 || undefined, 90_000)

      const tokens = new Map<string, Set<string>>()
      for (const { parameters, headers } of receiver.calls.all) {
        const message = parameters['MessageSid'] ?? ''
        tokens.set(message, (tokens.get(message) ?? new Set()).add(String(headers['i-twilio-idempotency-token'])))
      }
      expect([...tokens.values()].filter((of) => of.size !== 1)).toEqual([])
      const indexes = [...new Set(receiver.calls.all.map(({ parameters }) => Number(parameters['Index'])))]
      expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
    } finally {
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 150_000)
})
