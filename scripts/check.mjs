// `npm run check`: all checks, two at a time, the longest first. What each of them says is told in one piece when it has ended.
import './node-version.mjs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const waiting = ['check:types', 'check:types:web', 'check:exports', 'check:floors', 'check:format']
const failed = []

async function checkSome() {
  for (let name = waiting.shift(); name; name = waiting.shift()) {
    const check = spawn(`npm run ${name}`, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = []
    for (const stream of [check.stdout, check.stderr]) stream.on('data', (part) => said.push(part))
    const [code] = await once(check, 'close')
    process.stdout.write(Buffer.concat(said))
    if (code !== 0) failed.push(name)
  }
}

await Promise.all([checkSome(), checkSome()])
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
