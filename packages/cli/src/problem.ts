import type { Ending } from './exit-codes.ts'

interface ProblemOptions {
  /** How the process ends; `failed` unless told. */
  ending?: Ending
  /** What to do about it, one line each. */
  advice?: readonly string[]
  /** What `--json` adds: the body of a refusal. */
  details?: unknown
  cause?: unknown
}

/** Something that the person at the terminal should hear of, in words for them. Any other error is a mistake of ours. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly ending: Ending
  readonly advice: readonly string[]
  readonly details: unknown

  constructor(message: string, { ending = 'failed', advice = [], details, cause }: ProblemOptions = {}) {
    super(message, { cause })
    this.ending = ending
    this.advice = advice
    this.details = details
  }
}
