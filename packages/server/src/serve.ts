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
    const server = await startServer(settings, log)
    stopOnSignal(server)
    await announce(server, settings)
  } catch (error) {
    failed(error)
  }
}

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
  if (error instanceof SettingsError) return `Parley does not start: ${error.message}`
  const { code, message, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Parley does not start: port ${port} of ${address} is in use; set PARLEY_PORT to another one, or to 0 for any`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `Parley does not start: ${path ?? 'the data directory'} cannot be written; set PARLEY_DATA_DIR to another folder`
  return `Parley does not start: ${message || code || 'for an unknown reason'}`
}
