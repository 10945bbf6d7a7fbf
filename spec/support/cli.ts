import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
// @ts-expect-error a script in JavaScript
import { buildCliWhenChanged } from '../../scripts/build-cli.mjs'
import type { Parley } from './parley.ts'
import { atTerminal, type Terminal } from './terminal.ts'
import { Happenings, inTime } from './until.ts'

const built = fileURLToPath(new URL('../../packages/cli/dist/parley.js', import.meta.url))

/** What a command left behind. */
export interface Finished {
  code: number | null
  /** The result. */
  out: string
  /** Words beside it. */
  said: string
  /** The result as JSON; `undefined` when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
  readonly json: any
}

/** A command that goes on. */
export interface Going {
  child: ChildProcess
  /** The first line of the result that fits. */
  line(what: string, fits: RegExp): Promise<string>
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Finished>
}

export interface CommandOptions {
  env?: Record<string, string>
  /** What it reads; nothing when absent. */
  input?: string
  cwd?: string
}

/** Somebody at a terminal, with a home of their own. */
export interface Person extends AsyncDisposable {
  home: string
  /** Runs `parley` to its end. */
  parley(...words: (string | CommandOptions)[]): Promise<Finished>
  /** The same, while it goes on. */
  start(...words: (string | CommandOptions)[]): Going
  /** The same at a terminal, where it can ask. */
  atTerminal(...words: (string | CommandOptions)[]): Terminal
}

/** The environment by which the command line finds a server. */
export const environmentFor = ({ url, credentials }: Pick<Parley, 'url' | 'credentials'>): Record<string, string> => ({
  PARLEY_URL: url,
  PARLEY_ACCOUNT_SID: credentials.account_sid,
  PARLEY_AUTH_TOKEN: credentials.auth_token,
  PARLEY_API_KEY_SID: credentials.api_key_sid,
  PARLEY_API_KEY_SECRET: credentials.api_key_secret,
  PARLEY_SERVICE_SID: credentials.service_sid,
})

/** A person whose environment has these variables, and nothing of ours else. `program` is what they call `parley`. */
export async function person(env: Record<string, string> = {}, program = built): Promise<Person> {
  if (program === built) await buildCliWhenChanged()
  const home = mkdtempSync(join(tmpdir(), 'parley-cli-'))
  const theirs = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PARLEY|TWILIO|NODE|VITEST|XDG)_/.test(name)))
  const going = new Set<ChildProcess>()

  const given = (words: readonly (string | CommandOptions)[]) => {
    const options: CommandOptions = Object.assign({}, ...words.filter((word) => typeof word === 'object'))
    return {
      options,
      command: [program, ...words.filter((word) => typeof word === 'string')],
      cwd: options.cwd ?? home,
      environment: { ...theirs, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), ...env, ...options.env },
    }
  }

  const start = (...words: (string | CommandOptions)[]): Going & { finished: Promise<Finished> } => {
    const { command, options, cwd, environment } = given(words)
    const child = spawn(process.execPath, command, { cwd, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
    going.add(child)
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    const lines = new Happenings<string>((line) => line)
    let out = ''
    let rest = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const parts = (rest + text).split('\n')
      rest = parts.pop() as string
      for (const line of parts) lines.add(line)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const finished = once(child, 'close').then(([code]) => {
      going.delete(child)
      // Not among what is compared or shown: most results are no JSON.
      return Object.defineProperty({ code, out, said }, 'json', { get: () => parsed(out) }) as Finished
    })
    const unexpected = finished.then(({ said, code }) => {
      throw new Error(`parley ended with ${code}: ${said}`)
    })
    unexpected.catch(() => {})
    return {
      child,
      finished,
      line: (what, fits) => Promise.race([lines.first(what, (line) => fits.test(line)), unexpected]),
      async end(signal = 'SIGTERM') {
        child.kill(signal)
        return inTime(finished, () => 'the end of parley')
      },
    }
  }

  return {
    home,
    start,
    atTerminal(...words) {
      const { command, cwd, environment } = given(words)
      const terminal = atTerminal([process.execPath, ...command], { cwd, env: environment })
      going.add(terminal.child)
      terminal.child.once('close', () => going.delete(terminal.child))
      return terminal
    },
    parley: (...words) => inTime(start(...words).finished, () => `the end of parley ${words.join(' ')}`, 60_000),
    async [Symbol.asyncDispose]() {
      for (const child of going) child.kill('SIGKILL')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
