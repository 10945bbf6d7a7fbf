import { confirm, isCancel } from '@clack/prompts'
import { Problem } from './problem.ts'

/**
 * What goes to the terminal. Results go to the standard output, and nothing else does; words about them go to the standard error output.
 * Nothing that others wrote can steer the terminal: control characters are shown, not sent.
 */

/** Writes a line of the result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Says something beside the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A result for machines. */
export function printJson(value: unknown): void {
  print(json(value, 2))
}

/** JSON that is safe to look at: `JSON.stringify` leaves DEL and the second block of control characters as they are. */
export function json(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** Text from elsewhere, on one line. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return short ?? `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}`
  })
}

/** A value of a resource, on one line. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  return visible(typeof value === 'object' ? json(value) : String(value))
}

const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const

/** Coloured where somebody looks at it, who has not asked for none (`NO_COLOR`). */
export function style(name: keyof typeof styles, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? `\u001b[${styles[name]}m${text}\u001b[0m` : text
}

/** Rows under headings, in columns that are as wide as what is in them. On a terminal the last one ends with the line. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    fitted(
      cells
        .map((text, at) => text.padEnd(widths[at] as number))
        .join('  ')
        .trimEnd(),
    )
  print(style('bold', line(headings)))
  for (const row of rows) print(line(row))
}

function fitted(line: string): string {
  const { isTTY, columns } = process.stdout
  return isTTY && columns > 1 && line.length > columns ? `${line.slice(0, columns - 1)}…` : line
}

/** Names and values, one pair a line. */
export function printPairs(pairs: readonly (readonly [name: string, value: unknown])[]): void {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  for (const [name, value] of pairs) print(`${style('dim', name.padEnd(width))}  ${cell(value)}`.trimEnd())
}

/** Whether somebody sits at both ends. */
export const isInteractive = () => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks before something is lost. @throws Problem when the answer is no, or when there is nobody to ask and `yes` was not said before */
export async function makeSure(question: string, { yes }: { yes?: boolean }): Promise<void> {
  if (yes) return
  if (!isInteractive()) throw new Problem(`${question} Say so with --yes: there is nobody to ask.`, { ending: 'usage' })
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr })
  if (answer !== true) throw new Problem(isCancel(answer) ? 'Cancelled.' : 'Left as it was.')
}

/** Everything that comes in through the standard input. */
export async function readInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
