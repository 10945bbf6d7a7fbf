import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { type Database, databases } from '../support/parley.ts'
import { Receiver } from '../support/receiver.ts'
import { startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const hex = () => randomBytes(16).toString('hex')

/** A server that can be killed, and comes back at the same place with the same data. */
async function startKillable(database: Database) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'))
  const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
  const names = { PARLEY_ACCOUNT_SID: `AC${hex()}`, PARLEY_AUTH_TOKEN: hex(), PARLEY_SERVICE_SID: `IS${hex()}` }
  const settings = {
    ...names,
    PARLEY_SECRET_KEY: hex() + hex(),
    PARLEY_MODE: 'development',
    PARLEY_DATA_DIR: folder,
    ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
  }
  let server = await startServerProcess({ ...settings, PARLEY_PORT: '0' })
  const { url } = server
  const client = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
  client.conversations.baseUrl = url
  return {
    rest: client.conversations.v1,
    service_sid: names.PARLEY_SERVICE_SID,
    kill: () => server.kill(),
    async startAgain() {
      server = await startServerProcess({ ...settings, PARLEY_PORT: new URL(url).port })
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// On PostgreSQL another server may be at work, so the next one waits until the dead one's lease has run out: all of them wait at once.
describe.concurrent.each(databases)('a server killed over its work, on %s', (database) => {
  it('with webhooks to send sends every one of them after its next start, in order, and those that come twice have the same token', async () => {
    await using receiver = await Receiver.open()
    await using server = await startKillable(database)
    const { rest } = server
    await rest
      .services(server.service_sid)
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
    await server.startAgain()

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
  }, 150_000)

  it('with new conversations to fill fills them after its next start: everybody is there, once, and they are open', async () => {
    await using server = await startKillable(database)
    const { rest } = server
    const identities = Array.from({ length: 10 }, (_, n) => `person-${n}`)
    const participant = identities.map((identity) => JSON.stringify({ identity }))
    const promised: string[] = []
    let isUnfinished = false
    // Should all have been filled when the power fails: once more.
    for (let round = 1; !isUnfinished && round <= 5; round++) {
      const before = promised.length
      // More at a time than are filled at a time, so that the power fails in the middle of many.
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          for (;;) {
            const made = await rest.conversationWithParticipants.create({ participant }).catch(() => undefined)
            if (!made) return
            promised.push(made.sid)
            if (promised.length === before + 40) void server.kill()
          }
        }),
      )
      await server.kill()
      const nextSecond = Math.ceil(Date.now() / 1_000) * 1_000
      await eventually('a second in which nobody has joined', () => (Date.now() >= nextSecond ? true : undefined))
      await server.startAgain()
      for (const sid of promised.slice(before)) {
        await eventually(
          `an open ${sid}`,
          async () => ((await rest.conversations(sid).fetch()).state === 'active' ? true : undefined),
          60_000,
        )
        const there = await rest.conversations(sid).participants.list()
        expect(there.map(({ identity }) => identity).toSorted()).toEqual(identities)
        if (there.some(({ dateCreated }) => dateCreated.getTime() >= nextSecond)) isUnfinished = true
      }
    }
    expect(isUnfinished).toBe(true)
  }, 150_000)
})
