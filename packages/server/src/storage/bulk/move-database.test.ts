import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { sideways } from '../sideways.ts'
import { backupDatabase, migrateDatabase, restoreDatabase } from './move-database.ts'

const erasure = (sid: string) =>
  `insert into erasures (sid, account_sid, chat_service_sid, identity, position, event_id, conversations_left, messages_erased, media_erased, date_created, date_updated)
   values ('${sid}', 'AC', 'IS', '${sid}', 0, 0, 0, 0, 0, 0, 0)`

it('a restoration takes nothing from one that was cut off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-restore-'))
  try {
    const at = (name: string) => ({ kind: 'sqlite', file: join(folder, name) }) as const
    await migrateDatabase(at('live'))
    await sideways(at('live'), erasure('USone'))
    await backupDatabase(at('live'), at('backup').file, { created: new Date() })

    // What another one had written when it was cut off: a copy, and what was to be changed in it.
    const draft = `${at('restored').file}.incoming`
    copyFileSync(at('live').file, draft)
    const cutOff = new SQLite(draft)
    cutOff.exec(erasure('UStwo'))
    for (const ending of ['', '-wal']) copyFileSync(draft + ending, `${draft}${ending}.kept`)
    cutOff.close()
    for (const ending of ['', '-wal']) copyFileSync(`${draft}${ending}.kept`, draft + ending)

    await restoreDatabase(at('backup').file, at('restored'))

    expect(await sideways(at('restored'), 'select sid from erasures')).toEqual([{ sid: 'USone' }])
    expect(await sideways(at('restored'), 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
