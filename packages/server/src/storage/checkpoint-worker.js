import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

/**
 * Copies the write-ahead log into the database file. Plain JavaScript, because a thread is started from a file that Node reads as it is.
 *
 * Asked with a mode of SQLite's `wal_checkpoint`: PASSIVE stands in nobody's way, RESTART makes the next write begin the log anew. Answers what
 * went wrong, if anything did. `close` lets go of the database.
 */
// The writer stands still while the log begins anew: rather another time than long.
const db = new SQLite(workerData.file, { timeout: 200 })

parentPort.on('message', (mode) => {
  if (mode === 'close') {
    db.close()
    parentPort.close()
    return
  }
  try {
    const [{ busy }] = db.pragma(`wal_checkpoint(${mode})`)
    parentPort.postMessage(mode === 'RESTART' && busy ? 'somebody else reads the database' : undefined)
  } catch (error) {
    parentPort.postMessage(String(error))
  }
})
