// `npm test`: installs and builds what is missing, then runs all tests, or those that the parameters name (`npm test -- spec/users`).
import './node-version.mjs'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildWhenChanged } from './build.mjs'
import { endWithNpm } from './end-with-npm.mjs'
import { install } from './install.mjs'

endWithNpm(() => process.kill(process.pid, 'SIGTERM'))
await install()
await buildWhenChanged()

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const tests = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal))
tests.once('exit', (code) => process.exit(code ?? 1))
