import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import type { DatabaseAddress } from '../../base/setting-values.ts'
import { inspectDatabase, migrateDatabase } from '../bulk/move-database.ts'
import { sideways } from '../sideways.ts'

async function emptyPlace(kind: DatabaseAddress['kind']): Promise<{ address: DatabaseAddress } & AsyncDisposable> {
  if (kind === 'postgres') {
    const { url, drop } = await freshDatabase(inject('postgresUrl'), { empty: true })
    return { address: { kind, url }, [Symbol.asyncDispose]: drop }
  }
  const folder = mkdtempSync(join(tmpdir(), 'parley-migrations-'))
  return { address: { kind, file: join(folder, 'parley.db') }, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) }
}

describe.each(['sqlite', 'postgres'] as const)('bringing a schema up to date on %s', (kind) => {
  it('that breaks off in the middle of a step leaves it as it was, and is done by the next start', async () => {
    await using place = await emptyPlace(kind)
    await migrateDatabase(place.address, '0013-receipts')
    // One of the last things that the next step makes.
    await sideways(place.address, 'create table push_keys (in_the_way integer)')
    await expect(migrateDatabase(place.address)).rejects.toThrow('push_keys')

    expect((await inspectDatabase(place.address)).taken.at(-1)).toBe('0013-receipts')
    await sideways(place.address, 'drop table push_keys')
    await migrateDatabase(place.address)

    expect((await inspectDatabase(place.address)).pending).toEqual([])
  })
})
