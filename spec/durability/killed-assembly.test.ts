import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { databases } from '../support/parley.ts'
import { startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const hex = () => randomBytes(16).toString('hex')

describe.each(databases)('a server killed while it fills new conversations, on %s', (database) => {
  it('goes on after its next start: everybody is there, once, and the conversations are open', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'))
    const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
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
        server = await startServerProcess({ ...settings, PARLEY_PORT: new URL(server.url).port })
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
    } finally {
      await server.stop()
      await postgres?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 150_000)
})
