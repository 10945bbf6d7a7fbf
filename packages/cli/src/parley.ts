#!/usr/bin/env -S node --max-semi-space-size=32 --concurrent-marking-max-worker-num=1
import { CommanderError } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { Problem } from './problem.ts'
import { createProgram } from './program.ts'
import { json, say, style, visible } from './terminal.ts'

/** Runs a command line, and says what went wrong in words. */
async function main(): Promise<void> {
  endWithReaders()
  const words = spelledOut(process.argv.slice(2))
  try {
    await createProgram().parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error, words.includes('--json'))
  }
}

/** `token:chat` is `token chat`: the vendor's CLI writes it so. */
function spelledOut([first, ...rest]: string[]): string[] {
  return first === undefined ? [] : /^[a-z]+(:[a-z]+)+$/.test(first) ? [...first.split(':'), ...rest] : [first, ...rest]
}

/** Whoever reads the result may have seen enough: `parley messages list … | head`. */
function endWithReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(process.exitCode ?? 0)
    })
}

/** @returns the exit code */
function report(error: unknown, asJson: boolean): number {
  // Commander has said what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done.code : exitCodes.usage.code
  if (!(error instanceof Problem)) {
    say(`A mistake in parley itself: ${error instanceof Error ? error.stack : String(error)}`)
    return exitCodes.failed.code
  }
  const { message, advice, ending, details } = error
  if (asJson) say(json({ error: message, advice, exit_code: exitCodes[ending].code, ...(details === undefined ? {} : { details }) }))
  else {
    say(style('red', visible(message), process.stderr))
    for (const line of advice) say(`  ${visible(line)}`)
  }
  return exitCodes[ending].code
}

await main()
