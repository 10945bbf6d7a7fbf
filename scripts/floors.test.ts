import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const server = 'packages/server/src'

/** A file, what it imports, and the rule that this breaks, if any. */
const imports: [file: string, imported: string, broken: string | undefined][] = [
  [`${server}/http/users.ts`, '../domain/users.ts', undefined],
  [`${server}/domain/users.ts`, '../storage/users.ts', undefined],
  [`${server}/storage/users.ts`, '@parley/protocol', undefined],
  [`${server}/storage/users.ts`, 'kysely', undefined],
  [`${server}/http/users.ts`, 'fastify', undefined],
  [`${server}/storage/users.test.ts`, '../../../../spec/support/databases.ts', undefined],
  [`${server}/server.ts`, './http/users.ts', undefined],
  ['spec/users.test.ts', '@parley/server', undefined],
  ['packages/client/src/one.ts', './two.ts', undefined],

  [`${server}/base/ids.ts`, '../storage/users.ts', 'floor-base'],
  [`${server}/storage/roles.ts`, '../domain/users.ts', 'floor-storage'],
  [`${server}/bus/news.ts`, '../jobs/queue.ts', 'floor-bus'],
  [`${server}/jobs/queue.ts`, '../domain/users.ts', 'floor-jobs'],
  [`${server}/domain/roles.ts`, '../http/roles.ts', 'floor-domain'],
  [`${server}/http/roles.ts`, '../realtime/session.ts', 'floor-http'],
  [`${server}/realtime/frames.ts`, '../http/roles.ts', 'floor-realtime'],
  [`${server}/http/tokens.ts`, '../server.ts', 'floor-http'],
  [`${server}/cellar/wine.ts`, '../base/ids.ts', 'floor-unknown'],
  ['packages/protocol/src/users.ts', '@parley/server', 'protocol-is-the-ground'],
  ['packages/client/src/users.ts', '@parley/server', 'client-knows-the-protocol'],
  ['packages/protocol/src/files.ts', 'node:fs', 'protocol-runs-anywhere'],
  [`${server}/domain/sql.ts`, 'kysely', 'sql-in-storage'],
  [`${server}/domain/requests.ts`, 'fastify', 'http-at-doors'],
  [`${server}/domain/sockets.ts`, 'node:net', 'http-at-doors'],
  [`${server}/domain/support.ts`, '../../../../spec/support/databases.ts', 'product-needs-no-tests'],
  [`${server}/domain/users.test.ts`, '../../../../spec/users.test.ts', 'support-for-tests'],
  ['spec/back-door.test.ts', `../${server}/domain/users.ts`, 'tests-knock-at-the-front-door'],
  ['bench/back-door.ts', `../${server}/domain/users.ts`, 'tests-knock-at-the-front-door'],
  ['spec/side-door.test.ts', `../${server}/index.ts`, 'tests-use-names'],
  ['packages/cli/src/program.ts', '@parley/server', undefined],
  ['packages/cli/src/back-door.ts', '../../server/src/index.ts', 'command-line-uses-names'],
  [`${server}/domain/words.ts`, '../../../cli/src/program.ts', 'command-line-stands-on-top'],
  ['apps/web/src/chat/list.ts', '../ui/button.ts', undefined],
  ['apps/web/src/chat/server.ts', '@parley/server', 'pages-stand-on-the-sdk'],
  ['apps/web/src/chat/jobs.ts', '../console/jobs.ts', 'pages-do-not-know-each-other'],
  ['apps/web/src/ui/button.ts', '../console/jobs.ts', 'pages-do-not-know-each-other'],
  [`${server}/storage/one.ts`, './two.ts', 'no-cycles'],
  [`${server}/storage/absent.ts`, './nowhere.ts', 'no-dead-ends'],
]

describe('an import', () => {
  let folder: string
  let broken: { from: string; rule: { name: string } }[]

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-floors-'))
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text, { flag: 'a' })
    }
    write(
      'tsconfig.json',
      '{ "compilerOptions": { "module": "NodeNext", "moduleResolution": "NodeNext", "customConditions": ["source"] } }',
    )
    copyFileSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'))
    for (const name of ['protocol', 'server']) {
      write(`packages/${name}/package.json`, JSON.stringify({ name: `@parley/${name}`, exports: { '.': { source: './src/index.ts' } } }))
      write(`packages/${name}/src/index.ts`, '')
      mkdirSync(join(folder, 'node_modules/@parley'), { recursive: true })
      symlinkSync(`../../packages/${name}`, join(folder, 'node_modules/@parley', name))
    }
    for (const name of ['kysely', 'fastify']) write(`node_modules/${name}/index.js`, '')
    write(`${server}/storage/two.ts`, "import './one.ts'\n")
    write('packages/client/src/two.ts', "import type {} from './one.ts'\n")
    for (const path of ['bus/queue.ts', 'jobs/queue.ts', 'realtime/session.ts', 'domain/users.ts', 'storage/users.ts'])
      write(`${server}/${path}`, '')
    write('apps/web/src/console/jobs.ts', '')
    write('spec/support/databases.ts', '')
    for (const [file, imported] of imports) write(file, `import type {} from '${imported}'\n`)

    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const parameters = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'packages', 'apps', 'spec', 'bench']
    const { stdout, stderr } = spawnSync(process.execPath, [depcruise, ...parameters], { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 })
    if (!stdout) throw new Error(stderr)
    broken = JSON.parse(stdout).summary.violations
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(imports.filter(([, , rule]) => rule === undefined))('in %s of %s is fine', (file, _imported) => {
    expect(broken.filter(({ from }) => from === file)).toEqual([])
  })

  it.each(imports.filter(([, , rule]) => rule !== undefined))('in %s of %s is refused by %s', (file, _imported, rule) => {
    expect(broken.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule)
  })
})
