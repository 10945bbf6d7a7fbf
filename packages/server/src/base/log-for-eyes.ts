import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { errorOutput } from './log.ts'

/** Where lines go that people read rather than machines: the standard error output, in colours when it is a terminal. */
export function outputForEyes(destination: DestinationStream = errorOutput()): DestinationStream {
  const toText = prettyFactory({ colorize: process.stderr.isTTY, translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line) => destination.write(toText(line)) }
}
