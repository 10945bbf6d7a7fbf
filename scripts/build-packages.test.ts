import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPackages } from './build-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = mkdtempSync(join(tmpdir(), 'parley-app-'))

/** What a project has after `npm install` of our packages: what would be published of them, and nothing else of ours. */
beforeAll(async () => {
  const modules = join(app, 'node_modules')
  const ours = (name: string) => join(modules, '@parley', name)
  for (const name of ['protocol', 'client', 'react']) {
    mkdirSync(ours(name), { recursive: true })
    cpSync(join(root, 'packages', name, 'package.json'), join(ours(name), 'package.json'))
  }
  for (const other of ['@sinclair', '@types', 'react', 'ws'])
    symlinkSync(join(root, 'node_modules', other), join(modules, other), 'junction')
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  await buildPackages((name) => join(ours(name), 'dist'))
}, 240_000)
afterAll(() => rmSync(app, { recursive: true, force: true }))

const app_ts = `
import { Client, type Message } from '@parley/client'
import { OfflineCache } from '@parley/client/offline'
import { encodeFrame } from '@parley/protocol'
import { useMessages } from '@parley/react'

const client = new Client('a token')
client.on('messageAdded', (message: Message) => message.body?.length)
// @ts-expect-error There is no such event: were the types missing, everything would be right.
client.on('messageLost', () => {})
export const known: readonly unknown[] = [encodeFrame({ id: '1', method: 'ping' }), useMessages, client, OfflineCache.open('alice')]
`

it.each(['nodenext', 'preserve'])('what is published has types that a strict project can use, with modules as in "%s"', (module) => {
  writeFileSync(join(app, 'app.ts'), app_ts)
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', module, '--target', 'es2023', '--jsx', 'react-jsx']
  const compile = () =>
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, '--skipLibCheck', 'app.ts'], {
      cwd: app,
      encoding: 'utf8',
    })
  expect(compile()).toBe('')
})

it('what is published runs as it is', () => {
  const code = `
    const names = await Promise.all(['@parley/client', '@parley/client/offline', '@parley/protocol', '@parley/react'].map(async (name) => Object.keys(await import(name)).length > 0))
    process.stdout.write(JSON.stringify(names))`
  expect(JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: app, encoding: 'utf8' }))).toEqual([
    true,
    true,
    true,
    true,
  ])
})
