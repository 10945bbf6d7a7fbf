import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type SQLite from 'better-sqlite3'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { stopwatch } from '../base/vitals.ts'

/**
 * Pages in the log that are not in the database file yet before they are copied there: 16 MB. Commits are slower meanwhile; and pages that change
 * again and again are copied once.
 */
const mostUncopied = 4_096
/** Pages after which the log begins anew: 64 MB. A log that never does grows for ever under a load that never pauses. */
const longestLog = 16_384
/** Pages that may be left to copy when it does, for nobody can write meanwhile; unless the log is twice as long as it should be. */
const fewUncopied = 512
/** How long the log is not looked at again, in milliseconds: SQLite parses a pragma whenever it runs. */
const betweenLooks = 25
/** How long after the last commit a quiet database is copied, in milliseconds. */
const quietMilliseconds = 1_000

type Mode = 'PASSIVE' | 'RESTART'

/**
 * SQLite's write-ahead log, as far as it would stop the event loop. The disk is waited for in Node's thread pool, and checkpoints, which copy
 * the log into the database file, are made on a thread of their own, which starts when there is something to copy.
 */
export class WriteAheadLog {
  readonly #length: SQLite.Statement<[], { log: number; checkpointed: number }>
  #file: FileHandle | undefined
  #worker: Worker | undefined
  #busy: Promise<void> | undefined
  #timer: Timer | undefined
  /** When the last commit was. */
  #last = 0
  #sinceLook = stopwatch()
  #tooLong = false

  constructor(
    private readonly database: SQLite.Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.#length = database.prepare('pragma wal_checkpoint(NOOP)')
  }

  /** Resolves when every commit until now is on the disk. */
  async sync(): Promise<void> {
    this.#file ??= await open(`${this.database.name}-wal`, 'r+')
    await this.#file.datasync()
  }

  /** To be called right after each commit: has the log copied from time to time. */
  committed(): void {
    if (this.#sinceLook() >= betweenLooks) this.#look()
    this.#copyWhenQuiet()
  }

  #look(): void {
    this.#sinceLook = stopwatch()
    const { log, uncopied } = this.#pages()
    this.#tooLong = log > longestLog && (uncopied <= fewUncopied || log > 2 * longestLog)
    if (uncopied > (log > longestLog ? fewUncopied : mostUncopied)) void this.#checkpoint('PASSIVE')
  }

  #pages(): { log: number; uncopied: number } {
    const { log, checkpointed } = this.#length.get() ?? { log: 0, checkpointed: 0 }
    return { log, uncopied: log - checkpointed }
  }

  #copyWhenQuiet(): void {
    this.#last = this.clock.now()
    const wait = (milliseconds: number) => {
      this.#timer = this.clock.after(milliseconds, () => {
        this.#timer = undefined
        const left = this.#last + quietMilliseconds - this.clock.now()
        if (left > 0) wait(left)
        // In a transaction nobody can look; its commit has somebody look again. One that changed nothing, as the looks for what is overdue mostly
        // are, leaves nothing to copy.
        else if (!this.database.inTransaction && this.#pages().uncopied > 0) void this.#checkpoint('PASSIVE')
      })
    }
    if (!this.#timer) wait(quietMilliseconds)
  }

  /** Whether the log should begin anew before the next transaction. */
  get tooLong(): boolean {
    return this.#tooLong
  }

  /** Makes the next write begin the log anew. To be called while nobody reads or writes; writes wait until it resolves. */
  async restart(): Promise<void> {
    this.#tooLong = false
    await this.#busy
    await this.#checkpoint('RESTART')
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#worker?.ref()
    await this.#busy
    if (this.#worker) {
      const ended = once(this.#worker, 'exit')
      this.#worker.postMessage('close')
      await ended
    }
    await this.#file?.close()
  }

  #checkpoint(mode: Mode): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#busy ??= this.#ask(mode).finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async #ask(mode: Mode): Promise<void> {
    this.#worker ??= this.#start()
    this.#worker.postMessage(mode)
    try {
      const [problem] = (await once(this.#worker, 'message')) as [string | undefined]
      if (problem !== undefined) this.log.warn({ problem }, 'A checkpoint of the SQLite log failed; it is tried again')
    } catch {
      // The thread has stopped, and said why; the next checkpoint starts another.
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData: { file: this.database.name } })
    worker.unref()
    worker.on('error', (cause) => {
      this.log.error({ err: cause }, 'The checkpoint thread stopped')
      this.#worker = undefined
    })
    return worker
  }
}
