import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../base/config.ts'
import { readSecretKey } from '../../base/secret-key.ts'
import { createVault } from '../../base/vault.ts'
import { inspectDatabase } from './move-database.ts'
import { openPostgresRows } from './postgres-rows.ts'
import { openSqliteRows } from './sqlite-rows.ts'

/**
 * Whether the secret key opens the secrets in the database; `undefined` while there are none, or no database. It makes no key where there is none.
 *
 * @throws SettingsError when the key is damaged; DatabaseProblem when the database cannot be read
 */
export async function secretKeyFits(settings: Pick<Settings, 'database' | 'dataDir' | 'secretKey'>): Promise<boolean | undefined> {
  const locked = await someSecret(settings)
  const isThere = settings.secretKey !== undefined || existsSync(join(settings.dataDir, 'secret.key'))
  if (!isThere) return locked === undefined ? undefined : false
  const vault = createVault(readSecretKey(settings))
  if (locked === undefined) return undefined
  try {
    vault.open(locked)
    return true
  } catch {
    return false
  }
}

async function someSecret({ database }: Pick<Settings, 'database'>): Promise<string | undefined> {
  if (!(await inspectDatabase(database)).exists) return undefined
  const source = database.kind === 'sqlite' ? openSqliteRows(database.file) : await openPostgresRows(database.url)
  try {
    const accounts = source.tables.find(({ name }) => name === 'accounts')
    if (!accounts) return undefined
    const at = accounts.columns.indexOf('auth_token')
    for await (const [first] of source.read(accounts)) return String(first?.[at])
    return undefined
  } finally {
    await source.close()
  }
}
