import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'

/** Commits between two checkpoints, and how long after a commit a quiet database has one, in milliseconds. */
const commitsPerCheckpoint = 64
const quietMilliseconds = 1_000
/** Pages after which the log begins anew: 64 MB. A log that never restarts grows for ever under a load that never pauses. */
const longestLog = 16_384

type Mode = 'PASSIVE' | 'RESTART'

/**
 * SQLite's write-ahead log, as far as it would stop the event loop. The disk is waited for in Node's thread pool, and checkpoints, which copy
 * the log into the database file, are made on a thread of their own, which starts when there is something to copy.
 */
export class WriteAheadLog {
  #file: FileHandle | undefined
  #worker: Worker | undefined
  #busy: Promise<void> | undefined
  #timer: Timer | undefined
  #commits = 0
  #tooLong = false

  /** @param database the file of the database */
  constructor(
    private readonly database: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Resolves when every commit until now is on the disk. */
  async sync(): Promise<void> {
    this.#file ??= await open(`${this.database}-wal`, 'r+')
    await this.#file.datasync()
  }

  /** Counts a commit, and has the log copied from time to time. */
  committed(): void {
    this.#commits++
    if (this.#commits >= commitsPerCheckpoint) void this.#checkpoint('PASSIVE')
    else this.#timer ??= this.clock.after(quietMilliseconds, () => void this.#checkpoint('PASSIVE'))
  }

  /** Whether the log should begin anew before the next transaction. */
  get tooLong(): boolean {
    return this.#tooLong
  }

  /** Makes the next write begin the log anew. To be called while nobody reads or writes; writes wait until it resolves. */
  async restart(): Promise<void> {
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
    this.#busy ??= this.#ask(mode).finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async #ask(mode: Mode): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#commits = 0
    this.#tooLong = false
    this.#worker ??= this.#start()
    this.#worker.postMessage(mode)
    try {
      const [{ pages = 0, problem }] = (await once(this.#worker, 'message')) as [{ pages?: number; problem?: string }]
      if (problem) this.log.warn({ problem }, 'A checkpoint of the SQLite log failed; it is tried again')
      else if (mode === 'PASSIVE') this.#tooLong = pages > longestLog
    } catch {
      // The thread has stopped, and said why; the next checkpoint starts another.
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData: { file: this.database } })
    worker.unref()
    worker.on('error', (cause) => {
      this.log.error({ err: cause }, 'The checkpoint thread stopped')
      this.#worker = undefined
    })
    return worker
  }
}
