export { type MediaAddress, readSettings, type Settings, SettingsError } from './base/config.ts'
export { createLog, type Log } from './base/log.ts'
export type { DatabaseAddress } from './base/setting-values.ts'
export { type Announce, serve } from './serve.ts'
export { type RunningServer, startServer } from './server.ts'
export { type BlobAmount, copyFileBlobs, keepFileBlobs } from './storage/blobs/copy-file-blobs.ts'
export type { CopiedTable, Progress } from './storage/bulk/copy-rows.ts'
export {
  backupDatabase,
  inspectDatabase,
  migrateDatabase,
  parseDatabaseAddress,
  placeOf,
  portDatabase,
  restoreDatabase,
} from './storage/bulk/move-database.ts'
export { DatabaseProblem } from './storage/bulk/rows.ts'
export { secretKeyFits } from './storage/bulk/stored-secret.ts'
export { welcome } from './welcome.ts'
