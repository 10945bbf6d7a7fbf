import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '../spec/support/postgres.ts'
import { Population } from './bots/population.ts'
import { describeProfiles } from './profile/describe-profiles.ts'
import { moveToCore, serverCore } from './subject/cores.ts'
import { type Credentials, startServer } from './subject/server-process.ts'
import { family } from './subject/usage.ts'

/** What to measure: the server, or the least that speaks the protocol. */
export type Kind = 'server' | 'bare'

export interface LabSettings {
  /** The real sizes of the promises; else sizes that end in a few minutes. */
  full: boolean
  profile: boolean
  entries: Record<Kind | 'fan-out' | 'commits' | 'receiver', string>
  /** Where data of the runs lies. On a disk: in memory, durability costs nothing. */
  folder: string
  log(text: string): void
}

export interface SubjectOptions {
  postgres?: boolean
  /** To start again on data that is there; it is not removed. */
  dataDir?: string
  credentials?: Credentials
  /** For a server that uses more than one core. */
  allCores?: boolean
}

/** Starts and stops what is measured, and remembers limits that several scenarios ask for. */
export class Lab {
  readonly settings: LabSettings
  readonly #limits = new Map<string, Promise<unknown>>()

  constructor(settings: LabSettings) {
    this.settings = settings
  }

  /** The size that belongs to this run. */
  size<T>(modest: T, full: T): T {
    return this.settings.full ? full : modest
  }

  newDataDir(): string {
    return mkdtempSync(join(this.settings.folder, 'data-'))
  }

  /** Runs `work` on a server of its own, with people to talk to it. The server ends, and its data goes, whatever happens. */
  async on<T>(kind: Kind, work: (population: Population) => Promise<T>, options: SubjectOptions = {}): Promise<T> {
    const { entries, log } = this.settings
    const cleanUps: (() => unknown)[] = []
    try {
      const dataDir = options.dataDir ?? this.newDataDir()
      if (!options.dataDir) cleanUps.push(() => rmSync(dataDir, { recursive: true, force: true }))
      const profileDir = kind === 'server' && this.settings.profile ? mkdtempSync(join(this.settings.folder, 'profile-')) : undefined
      const database = options.postgres ? await startPostgres({ parent: this.settings.folder, durable: true }) : undefined
      if (database) {
        cleanUps.push(() => database.stop())
        // What it starts later inherits the core.
        for (const pid of family(database.pid)) moveToCore(serverCore, pid)
      }
      const subject = await startServer({
        entry: entries[kind],
        dataDir,
        credentials: options.credentials,
        database,
        profileDir,
        allCores: options.allCores,
      })
      if (profileDir) cleanUps.push(() => log(describeProfiles(profileDir, subject.meter.spans)))
      cleanUps.push(() => subject.stop())
      const population = new Population(subject)
      cleanUps.push(() => population.close())
      return await work(population).catch((error) => {
        log(`The server's last words:\n${subject.lastWords()}`)
        throw error
      })
    } finally {
      for (const cleanUp of cleanUps.reverse()) await cleanUp()
    }
  }

  /** Measures a limit once and remembers it for the rest of this run. */
  limit<T>(name: string, measure: () => Promise<T>): Promise<T> {
    const known = this.#limits.get(name) as Promise<T> | undefined
    if (known) return known
    this.settings.log(`  … the limit: ${name}`)
    const measured = measure()
    this.#limits.set(name, measured)
    return measured
  }
}
