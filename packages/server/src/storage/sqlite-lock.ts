import SQLite from 'better-sqlite3'
import { SettingsError } from '../base/config.ts'

/**
 * Keeps a second server away from the same file. The lock is one of the kernel's, held through a file beside the database: it ends with the
 * process, however that ends.
 */
export function lockDatabase(file: string): { release(): void } {
  const lock = new SQLite(`${file}-lock`, { timeout: 0 })
  try {
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new SettingsError(`another server is using ${file}; stop it, or set PARLEY_DATA_DIR to another folder`)
  }
  return { release: () => lock.close() }
}
