import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { eventually, inTime } from './until.ts'

/** A program at a terminal, and somebody who sits before it. */
export interface Terminal {
  /** Waits until it shows this, after what was waited for before. */
  shows(text: string | RegExp): Promise<void>
  /** Types, without Enter. */
  type(keys: string): void
  /** All that was shown so far, without colours and movements. */
  screen(): string
  /** Waits for the end. @returns the exit code */
  end(): Promise<number | null>
  child: ChildProcess
}

export const keys = { enter: '\r', up: '\u001b[A', left: '\u001b[D', ctrlC: '\u0003' }

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** Runs a command at a terminal of its own, by `script`, which is a part of every Debian, BSD and macOS. */
export function atTerminal(words: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Terminal {
  const command = `stty cols 100 rows 40; exec ${words.map(quoted).join(' ')}`
  const isLinux = process.platform === 'linux'
  const child = spawn('script', isLinux ? ['-qec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command], {
    ...options,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  let seen = 0
  child.stdin?.on('error', () => {})
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text
  })
  const closed = once(child, 'close').then(([code]) => code as number | null)
  closed.catch(() => {})
  const screen = () => stripVTControlCharacters(shown)
  return {
    child,
    screen,
    type: (text) => void child.stdin?.write(text),
    shows: (text) =>
      eventually(`${String(text)} on the screen`, () => {
        const fresh = screen().slice(seen)
        const found = typeof text === 'string' ? fresh.indexOf(text) : fresh.search(text)
        if (found === -1) return undefined
        seen += found + 1
        return true
      }).then(() => {}),
    end: () => inTime(closed, () => 'the end of the program'),
  }
}
