// Import this first: it ends the process, with one clear line, when this Node is too old for Parley.
import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const wanted = engines.node.replace('>=', '')
const [major, minor] = wanted.split('.').map(Number)
const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number)

if (ourMajor < major || (ourMajor === major && ourMinor < minor)) {
  console.error(`Parley needs Node ${wanted} or newer, and this is Node ${process.versions.node}. Get a newer one at https://nodejs.org`)
  process.exit(1)
}
