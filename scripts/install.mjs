import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'node_modules', '.parley-installed')

/**
 * Installs the dependencies when those in `node_modules` are not the ones of `package-lock.json`, or were built for another Node.
 * Otherwise it costs a few milliseconds, and needs no network. Ends the process when npm fails.
 */
export async function install() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const builtFor = `${process.platform} ${process.arch} ${process.versions.modules}`
  const stamp = `${createHash('sha256').update(lock).digest('hex')} ${builtFor}\n`
  const lastStamp = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined
  if (lastStamp === stamp) return

  // Somebody may have run npm by hand: that is as good, if the packages are the same.
  const builtForUs = lastStamp === undefined || lastStamp.endsWith(` ${builtFor}\n`)
  if (!builtForUs || !isInstalled(JSON.parse(lock).packages)) {
    console.error('Installing…')
    await npm('ci', '--no-audit', '--no-fund', '--loglevel=error')
  }
  writeFileSync(stampFile, stamp)
}

/** Whether npm's own record of `node_modules` has every package of the lock file that this machine needs. */
function isInstalled(wanted) {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const { packages: present } = JSON.parse(readFileSync(record, 'utf8'))
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (!path.includes('node_modules/') || optional) return true
    return present[path]?.version === version && present[path]?.integrity === integrity
  })
}

async function npm(...parameters) {
  // npm tells where it is when it runs us; `npm` itself is a shell script on Windows, which cannot be spawned as it is.
  const path = process.env['npm_execpath']
  const [command, first] = path?.endsWith('.js') ? [process.execPath, [path]] : ['npm', []]
  const child = spawn(command, [...first, ...parameters], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: command === 'npm' && process.platform === 'win32',
  })
  const stop = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `npm ended with ${signal ?? code}`))
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, stop)
  if (problem === undefined) return
  console.error(`Installing the dependencies failed: ${problem}`)
  process.exit(1)
}
