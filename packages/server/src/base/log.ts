import { type DestinationStream, pino } from 'pino'

/** What goes beside the text of a line: data, in snake case. An `Error` belongs under `err`, and keeps its stack and cause. */
export type LogFields = Readonly<Record<string, unknown>>

/** Says what happens inside, to the operator. */
export interface Log {
  debug(fields: LogFields, text: string): void
  info(fields: LogFields, text: string): void
  warn(fields: LogFields, text: string): void
  error(fields: LogFields, text: string): void
}

export interface LogOptions {
  /** The least that is written. */
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where lines go, when not to the standard error output. */
  destination?: DestinationStream | undefined
}

const secrets = ['auth_token', 'secret', 'api_key_secret', 'secret_key', 'password', 'token', 'authorization', 'x-twilio-token']
/** A secret may stand in the fields themselves, or in an object of theirs such as `headers`, or one deeper. */
const hidden = secrets.flatMap((name) => ['', '*', '*.*'].map((path) => (path ? `${path}["${name}"]` : `["${name}"]`)))

/** The standard error output. Lines are written before the call returns, so that the last words before a crash are not lost. */
export const errorOutput = (): DestinationStream => pino.destination({ dest: 2, sync: true })

/** A log that writes one JSON object a line; the standard output stays for what `npm start` prints. */
export function createLog({ level, destination = errorOutput() }: LogOptions): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: hidden, censor: '[hidden]' } }, destination)
}
