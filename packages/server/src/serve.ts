import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { readSettings, type Settings, SettingsError } from './base/config.ts'
import { createLog } from './base/log.ts'
import { type RunningServer, startServer } from './server.ts'
import { welcome } from './welcome.ts'

/** Says that a server serves. */
export type Announce = (server: RunningServer, settings: Settings) => Promise<void> | void

/**
 * Starts the server from the environment, says when it is ready, and stops it on a signal. A start that fails is one line and exit code 1.
 *
 * @param announce says so in its own way; the lines of `npm start` when absent
 */
export async function serve(env: NodeJS.ProcessEnv, announce: Announce = sayWelcome): Promise<void> {
  try {
    const settings = readSettings(env)
    const log = createLog({ level: settings.logLevel, destination: await logOutput() })
    const server = await startServer(settings, log, { callingThread })
    stopOnSignal(server)
    await announce(server, settings)
  } catch (error) {
    failed(error)
  }
}

/** A process of the server's own has a second thread, beside its file, where there is a second core to run it. From sources there is none. */
const besideUs = new URL('./calling-thread.js', import.meta.url)
const callingThread = availableParallelism() > 1 && existsSync(besideUs) ? besideUs : undefined

/** What makes lines pretty is loaded only for those who look at them. */
const logOutput = async () => (process.stderr.isTTY ? (await import('./base/log-for-eyes.ts')).outputForEyes() : undefined)

async function sayWelcome(server: RunningServer, settings: Settings): Promise<void> {
  process.stdout.write(await welcome(server, settings))
}

function stopOnSignal(server: RunningServer): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // Whoever asks twice does not want to wait.
      if (stopping) process.exit(1)
      stopping = true
      void server.close().then(() => process.exit(0), failed)
    })
}

function failed(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}

/** One line that says what to do about it. */
function explain(error: unknown): string {
  return `Parley does not start: ${error instanceof SettingsError ? error.message : reasonOf(error as SystemError)}`
}

type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string }

function reasonOf({ code, message, syscall, path, address, port, hostname }: SystemError): string {
  if (code === 'EADDRINUSE') return `port ${port} of ${address} is in use; set PARLEY_PORT to another one, or to 0 for any`
  if (syscall === 'listen' && code === 'EACCES') return `port ${port} is not for this user; set PARLEY_PORT to another one, above 1023`
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return `${address ?? hostname} is no address of this machine that can be listened on (${code}); set PARLEY_HOST to another one`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path ?? 'the data directory'} cannot be written; set PARLEY_DATA_DIR to another folder`
  if (syscall === 'mkdir') return `${path} cannot be made a folder (${code}); set PARLEY_DATA_DIR to another one`
  return message || code || 'for an unknown reason'
}
