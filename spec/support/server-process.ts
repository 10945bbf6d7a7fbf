import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'

const main = fileURLToPath(new URL('../../packages/server/dist/main.js', import.meta.url))

/** The built server as a process of its own, which can be killed. */
export interface ServerProcess {
  url: string
  /** What it printed until it was ready, that line included. */
  welcome: string
  /** Ends it as a power cut would: nothing is flushed, nobody is told. Resolves when it is gone. */
  kill(): Promise<void>
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>
}

/** Starts the built server with these settings and waits until it is ready. @throws with what it printed when it does not start */
export async function startServerProcess(settings: Record<string, string>): Promise<ServerProcess> {
  await buildWhenChanged()
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PARLEY_LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { url, welcome } = await ready(child)
  const ended = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const [code] = (await ended) as [number | null]
    return code
  }
  return {
    url,
    welcome,
    kill: async () => {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
  }
}

async function ready(child: ChildProcess): Promise<Pick<ServerProcess, 'url' | 'welcome'>> {
  const welcome: string[] = []
  const printed: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  if (!child.stdout) throw new Error('The server has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(`${line}\n`)
    welcome.push(line)
    const url = /^Parley is ready on (\S+)$/.exec(line)?.[1]
    if (url) {
      child.stdout.resume()
      return { url, welcome: welcome.join('\n') }
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  throw new Error(`The server did not start (exit code ${child.exitCode}):\n${printed.join('')}`)
}
