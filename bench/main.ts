import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Lab } from './lab.ts'
import { type Figure, toMarkdown } from './measure/figures.ts'
import { scenarios } from './scenarios/index.ts'
import { generatorCore, moveToCore } from './subject/cores.ts'

const usage = `npm run bench -- [scenario …] [options]

  --full             the real sizes; without it, sizes that end in a few minutes
  --profile          profile the server and print where its time went
  --server <file>    another server to measure than the built one
  --bare             measure the bare server in the server's place

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join('\n')}
`

const here = dirname(fileURLToPath(import.meta.url))
const bench = join(here, '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    server: { type: 'string', default: join(bench, '../packages/server/dist/main.js') },
    bare: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const unknown = positionals.filter((wanted) => !scenarios.some(({ name }) => name === wanted))
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `There is no scenario ${unknown.join(', ')}.\n\n${usage}` : usage)
  process.exit(unknown.length > 0 ? 2 : 0)
}

const results = join(bench, 'results')
mkdirSync(results, { recursive: true })
const folder = mkdtempSync(join(results, 'run-'))
// As root we run PostgreSQL as somebody else, who has to get there.
chmodSync(folder, 0o755)
const bare = join(here, 'bare-server.js')
// A copy, so that one run measures one server whatever is built meanwhile.
const server = values.bare ? bare : join(folder, 'server', basename(values.server))
if (!values.bare) cpSync(dirname(values.server), dirname(server), { recursive: true })
const lab = new Lab({
  full: values.full,
  profile: values.profile,
  entries: {
    server,
    bare,
    'fan-out': join(here, 'bare-fan-out.js'),
    commits: join(here, 'bare-commits.js'),
    receiver: join(here, 'hanging-receiver.js'),
  },
  folder,
  log: (text) => console.error(text),
})

if (!moveToCore(generatorCore, process.pid))
  console.error('Cannot pin processes to cores here: server and load generator will disturb one another.')
const figures: Figure[] = []
let failed = false
for (const scenario of scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.error(`${scenario.name}: ${scenario.about}`)
  try {
    const found = await scenario.run(lab)
    figures.push(...found)
    console.error(`${toMarkdown(found)}\n`)
  } catch (error) {
    failed = true
    console.error(`${scenario.name} failed:`, error)
  }
}
const at = new Date().toISOString()
writeFileSync(
  join(results, `${at.replaceAll(':', '-')}.json`),
  `${JSON.stringify({ at, node: process.version, full: values.full, figures }, undefined, 2)}\n`,
)
console.log(toMarkdown(figures))
if (!values.profile) rmSync(folder, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
