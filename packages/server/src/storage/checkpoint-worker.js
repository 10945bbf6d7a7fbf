import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

/**
 * Copies the write-ahead log into the database file. Plain JavaScript, because a thread is started from a file that Node reads as it is.
 *
 * PASSIVE stands in nobody's way. Under a load that never pauses it alone would let the log grow for ever; so above a size the log is
 * restarted, for which the writer waits the moment that the last pages take.
 */
const largestLogBytes = 64 * 1024 * 1024

const db = new SQLite(workerData.file)
db.pragma('busy_timeout = 2000')

parentPort?.on('message', () => {
  try {
    db.pragma('wal_checkpoint(PASSIVE)')
    if (statSync(`${workerData.file}-wal`).size > largestLogBytes) db.pragma('wal_checkpoint(RESTART)')
  } catch (error) {
    parentPort?.postMessage(error instanceof Error ? error.message : String(error))
  }
})
