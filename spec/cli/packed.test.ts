import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script in JavaScript
import { packCli } from '../../scripts/build-cli.mjs'
import { type Person, person } from '../support/cli.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** A folder in which somebody has installed the package `parley`, far from any clone. */
function install(tarball: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-installed-'))
  const installed = join(folder, 'node_modules', 'parley')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  // As npm does it, but for the download: what it depends on, and nothing else, is beside it.
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(modules, name), link)
  }
  return folder
}

describe('the package parley, installed where there is no clone', () => {
  let folder: string
  let alice: Person
  beforeAll(async () => {
    const tarball = await packCli(mkdtempSync(join(tmpdir(), 'parley-packed-')))
    folder = install(tarball)
    rmSync(dirname(tarball), { recursive: true })
    alice = await person({}, join(folder, 'node_modules', 'parley', 'parley.js'))
  }, 300_000)
  afterAll(async () => {
    await alice?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('depends on no package of ours, and on few of others', () => {
    const { name, bin, dependencies } = JSON.parse(readFileSync(join(folder, 'node_modules', 'parley', 'package.json'), 'utf8'))
    expect({ name, bin }).toEqual({ name: 'parley', bin: { parley: 'parley.js' } })
    expect(Object.keys(dependencies).sort()).toEqual(['better-sqlite3', 'pino-pretty'])
    for (const file of ['LICENSE', 'README.md', 'LICENSES-OF-OTHERS.txt', 'web'])
      expect(existsSync(join(folder, 'node_modules', 'parley', file))).toBe(true)
    expect(readdirSync(join(folder, 'node_modules', 'parley')).filter((file) => file.endsWith('.ts'))).toEqual([])
  })

  it('is a command', () => {
    expect(execFileSync(join(folder, 'node_modules', 'parley', 'parley.js'), ['--version'], { encoding: 'utf8' }).trim()).toMatch(
      /^\d+\.\d+\.\d+$/,
    )
  })

  it('serves, makes tokens and sends messages, and nobody has to say where and who', async () => {
    const dev = alice.start('dev', '--port', '0')
    const url = /ready on (\S+)/.exec(await dev.line('the ready server', /^Parley is ready on/))?.[1] as string
    expect((await fetch(`${url}/`)).status).toBe(200)

    const { out: token } = await alice.parley('token', 'chat', '--identity', 'alice')
    expect(await alice.parley('token', 'check', token.trim())).toMatchObject({ code: 0 })

    await alice.parley('conversations', 'create', '--unique-name', 'hello')
    const tail = alice.start('messages', 'tail', 'hello')
    expect(await alice.parley('messages', 'send', 'hello', 'Is anybody there?', '--author', 'alice')).toMatchObject({ code: 0 })
    await tail.line('the message', /alice: Is anybody there\?/)
    expect(await tail.end('SIGINT')).toMatchObject({ code: 0 })

    const { code, out } = await dev.end('SIGTERM')
    expect(code).toBe(0)
    expect(out).toContain('Token for alice')
    expect(await alice.parley('services', 'list')).toMatchObject({ code: 3 })
    expect(existsSync(join(alice.home, '.parley', 'parley.db'))).toBe(true)
  })
})
