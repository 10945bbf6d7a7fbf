import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { eventually } from './until.ts'

/** How long an installation may take, in milliseconds. */
export const installationPatience = 300_000

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome.exe']
const places = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
  join(process.env['PROGRAMFILES'] ?? 'C:\\Program Files', 'Google', 'Chrome', 'Application'),
]

/**
 * The browser that tests run in: the one that `PARLEY_TEST_CHROMIUM` names, that of the system, or Playwright's own. Where there is none it is
 * installed: Debian's package for root, Playwright's own for others. @throws with what to do when that fails
 */
export async function chromiumPath(): Promise<string> {
  const found = findChromium()
  if (found) return found
  return oneAtATime(() => {
    try {
      if (!findChromium()) installChromium()
    } catch (cause) {
      throw new Error(missing, { cause })
    }
    const installed = findChromium()
    if (!installed) throw new Error(missing)
    return installed
  })
}

const missing =
  'The tests of the web pages need Chromium, and it could not be installed. Install it (Debian: apt-get install chromium), or let PARLEY_TEST_CHROMIUM name a Chromium or Chrome.'

function findChromium(): string | undefined {
  const given = process.env['PARLEY_TEST_CHROMIUM']
  if (given) return given
  const ofSystem = places.flatMap((place) => [...names, 'Google Chrome', 'Chromium'].map((name) => join(place, name)))
  return [...ofSystem, chromium.executablePath()].find((path) => existsSync(path))
}

function installChromium(): void {
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'], timeout: installationPatience }
  process.stderr.write('Installing Chromium for the tests of the web pages…\n')
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-qq'], { ...options, env })
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-color-emoji'], { ...options, env })
    return
  }
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'))
  execFileSync(process.execPath, [join(playwright, 'cli.js'), 'install', 'chromium'], options)
}

/** Test files run at the same time; one of them installs. */
async function oneAtATime<T>(work: () => T): Promise<T> {
  const lock = join(tmpdir(), 'parley-installs-chromium')
  const take = () => {
    try {
      mkdirSync(lock)
      return true
    } catch {
      // Whoever was killed while installing does not take it away.
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > installationPatience) rmdirSync(lock)
      return undefined
    }
  }
  await eventually('the installation of Chromium by another test', take, 2 * installationPatience)
  try {
    return work()
  } finally {
    rmdirSync(lock)
  }
}
