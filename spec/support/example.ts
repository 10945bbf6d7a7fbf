import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Happenings } from './until.ts'

/** An example as a process, as its README says how to start it. */
export interface RunningExample extends AsyncDisposable {
  child: ChildProcess
  /** The first line it prints that fits. */
  line(what: string, fits: RegExp): Promise<string>
  /** Types a line. */
  type(text: string): void
  /** Its exit code, and what it said in the end. */
  ended: Promise<{ code: number | null; said: string }>
}

/** Starts `node <script>` in the folder of an example, with this environment and nothing of ours else. */
export function startExample(name: string, [script, ...words]: [string, ...string[]], env: Record<string, string> = {}): RunningExample {
  const folder = fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url))
  const theirs = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !/^(PARLEY|TWILIO|NODE|VITEST)_/.test(variable)))
  const child = spawn(process.execPath, [script, ...words], { cwd: folder, env: { ...theirs, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  const lines = new Happenings<string>((line) => line)
  let rest = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() as string
    for (const line of parts) lines.add(line)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }))
  const unexpected = ended.then(({ code }) => {
    throw new Error(`The example ${name} ended with ${code}: ${said}`)
  })
  unexpected.catch(() => {})
  return {
    child,
    ended,
    line: (what, fits) => Promise.race([lines.first(what, (line) => fits.test(line)), unexpected]),
    type: (text) => child.stdin.write(`${text}\n`),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
