import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import { type Acknowledged, expectWhole } from './surviving-writes.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

// Below node_modules, so that the script finds the packages of others.
const folder = join(dirname(createRequire(import.meta.url).resolve('esbuild/package.json')), '..', '.cache', `parley-${process.pid}`)
const script = join(folder, 'write-until-killed.js')

beforeAll(async () => {
  const source = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [source('./write-until-killed.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    plugins: [
      {
        name: 'packages of others stay outside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@parley/') ? undefined : { path, external: true },
          ),
      },
    ],
  })
  copyFileSync(source('./checkpoint-worker.js'), join(folder, 'checkpoint-worker.js'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Has a process write until `enough` of its messages are acknowledged, and then kills it. @returns what it had acknowledged by then */
async function writeAndKill(world: BareWorld, rooms: readonly string[], enough: number): Promise<Acknowledged[]> {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify({ address: world.place.address, rooms })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: Acknowledged[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const [sid = '', conversation_sid = '', position] = line.split(' ')
    // The last line may be cut off by the kill.
    if (position) acknowledged.push({ sid, conversation_sid, position: Number(position) })
    if (acknowledged.length === enough) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return acknowledged
}

describe.each(databaseKinds)('a process that is killed while it writes to %s', (kind) => {
  it('loses nothing that it had acknowledged, leaves nothing half done, and does not stand in the way of the next', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const rooms = (await Promise.all(Array.from({ length: 7 }, () => world.conversation()))).map((room) => room.sid)
    const acknowledged: Acknowledged[] = []

    for (let round = 0; round < 3; round++) {
      await world.store.close()
      acknowledged.push(...(await writeAndKill(world, rooms, 200 + Math.floor(Math.random() * 500))))
      await world.reopen()
      await expectWhole(world, rooms, acknowledged)
    }

    await world.say(rooms[0] as string, 'and on')
    await expectWhole(world, rooms, acknowledged)
  })
})
