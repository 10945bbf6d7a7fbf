import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Meter } from '../measure/window.ts'
import { onAllCores, onCore, serverCore } from './cores.ts'

/** The names and secrets that a server starts with. */
export interface Credentials {
  accountSid: string
  authToken: string
  apiKeySid: string
  apiKeySecret: string
  serviceSid: string
}

/** How to start a server. `entry` is a JavaScript file that takes the settings of the design from its environment. */
export interface ServerSettings {
  entry: string
  dataDir: string
  /** A database server instead of the file in the data directory. */
  database: { url: string; pid: number } | undefined
  credentials: Credentials | undefined
  /** Where a processor profile is written when the server stops. */
  profileDir: string | undefined
  /** Whether it may use all cores, not its own alone: what the load leaves of them. */
  allCores?: boolean | undefined
}

/** A server under test. */
export interface Subject {
  url: URL
  websocketUrl: URL
  credentials: Credentials
  pid: number
  /** Over the process and the database server it was given: all that works for it. */
  meter: Meter
  /** From the start of the process to the line that says it is ready. */
  readyMilliseconds: number
  /** The end of what it has said since it was ready: its log. */
  lastWords(): string
  stop(): Promise<void>
}

const readyLine = /^Parley is ready on (http\S+)/m
/** As `npm start` and `parley` start Node. */
const nodeOptions = ['--max-semi-space-size=32', '--concurrent-marking-max-worker-num=1']
const startTimeout = 30_000
const stopTimeout = 10_000
const wordsKept = 4_000

function newCredentials(): Credentials {
  const hex = () => randomBytes(16).toString('hex')
  return { accountSid: `AC${hex()}`, authToken: hex(), apiKeySid: `SK${hex()}`, apiKeySecret: hex(), serviceSid: `IS${hex()}` }
}

/** Starts a server on its own core and waits until it serves. */
export async function startServer(settings: ServerSettings): Promise<Subject> {
  const credentials = settings.credentials ?? newCredentials()
  const profiling = settings.profileDir ? ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', settings.profileDir] : []
  const line = [...nodeOptions, ...profiling, settings.entry]
  const [command, args] = settings.allCores ? onAllCores(process.execPath, line) : onCore(serverCore, process.execPath, line)
  const started = performance.now()
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      PARLEY_MODE: 'production',
      PARLEY_HOST: '127.0.0.1',
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: settings.dataDir,
      // Receivers of webhooks are on this machine.
      PARLEY_ALLOWED_TARGETS: '127.0.0.1',
      ...(settings.database ? { PARLEY_DATABASE_URL: settings.database.url } : {}),
      PARLEY_ACCOUNT_SID: credentials.accountSid,
      PARLEY_AUTH_TOKEN: credentials.authToken,
      PARLEY_API_KEY_SID: credentials.apiKeySid,
      PARLEY_API_KEY_SECRET: credentials.apiKeySecret,
      PARLEY_SERVICE_SID: credentials.serviceSid,
    },
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const url = await ready(child)
  const readyMilliseconds = performance.now() - started
  let words = ''
  const listen = (chunk: Buffer) => {
    words = (words + chunk).slice(-wordsKept)
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  const websocketUrl = new URL('/v3/wsconnect', url)
  websocketUrl.protocol = 'ws:'
  return {
    url,
    websocketUrl,
    credentials,
    pid: child.pid!,
    meter: new Meter(settings.database ? [child.pid!, settings.database.pid] : [child.pid!], settings.allCores ?? false),
    readyMilliseconds,
    lastWords: () => words,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const forced = setTimeout(kill, stopTimeout)
      await exited
      clearTimeout(forced)
    },
  }
}

/** Waits for the ready line; rejects with what the server said if it ends or takes too long. */
function ready(child: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (reason: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`The server ${reason}. It said:\n${said}`))
    }
    const timer = setTimeout(() => fail(`was not ready within ${startTimeout} ms`), startTimeout)
    const exited = (code: number | null) => fail(`ended with ${code}`)
    child.once('exit', exited)
    const complain = (chunk: Buffer) => {
      said += chunk
    }
    child.stderr?.on('data', complain)
    const read = (chunk: Buffer) => {
      said += chunk
      const found = readyLine.exec(said)
      if (!found) return
      clearTimeout(timer)
      child.off('exit', exited)
      child.stdout?.off('data', read)
      child.stderr?.off('data', complain)
      resolve(new URL(found[1]!))
    }
    child.stdout?.on('data', read)
  })
}
