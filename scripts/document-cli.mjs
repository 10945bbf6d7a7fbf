// `npm run document` writes the commands into docs/guides/cli.md, as `parley` itself knows them; what stands before them is written by hand.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildCliWhenChanged } from './build-cli.mjs'

const page = fileURLToPath(new URL('../docs/guides/cli.md', import.meta.url))
await buildCliWhenChanged()
const reference = execFileSync(process.execPath, [fileURLToPath(new URL('../packages/cli/dist/parley.js', import.meta.url)), 'reference'])
const text = readFileSync(page, 'utf8')
writeFileSync(page, `${text.slice(0, text.indexOf('## Variables'))}${reference.toString().trim()}\n`)
