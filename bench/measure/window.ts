import { setTimeout as sleep } from 'node:timers/promises'
import { generatorCore, serverCore } from '../subject/cores.ts'
import { coreBusyMilliseconds, family, processorMilliseconds } from '../subject/usage.ts'

/** What happened to the machine while something was measured. All shares are of one core, 0 to 1. */
export interface WindowUse {
  milliseconds: number
  /** Processor time of the server and of what it runs on (a database it was given). */
  serverMilliseconds: number
  /** How busy the load generator was: near 1 it is what was measured. */
  generatorShare: number
  /** What others took of the core of which they took more, or of both together where the server has both: noise. */
  othersShare: number
}

/** Measures what the processes that serve use, and what those use that make the load. */
export class Meter {
  readonly #pids: readonly number[]
  /** This process, and those that help it. */
  readonly generators = new Set([process.pid])
  /** When windows were open, in microseconds of the system's monotonic clock, which is that of profiles too. */
  readonly spans: { from: number; to: number }[] = []

  /** @param onAllCores whether the server shares the cores with the load, so that nobody's core tells what others took */
  constructor(
    pids: readonly number[],
    private readonly onAllCores: boolean,
  ) {
    this.#pids = pids
  }

  /** Opens a window; call the result to close it. */
  open(): () => WindowUse {
    const members = this.#pids.flatMap(family)
    const sample = () => ({
      at: Number(process.hrtime.bigint() / 1_000n),
      server: members.reduce((sum, pid) => sum + processorMilliseconds(pid), 0),
      serverCore: coreBusyMilliseconds(serverCore),
      generator: [...this.generators].reduce((sum, pid) => sum + processorMilliseconds(pid), 0),
      generatorCore: coreBusyMilliseconds(generatorCore),
    })
    const before = sample()
    return () => {
      const after = sample()
      this.spans.push({ from: before.at, to: after.at })
      const milliseconds = (after.at - before.at) / 1_000
      const serverMilliseconds = after.server - before.server
      const generatorMilliseconds = after.generator - before.generator
      const ofServerCore = after.serverCore - before.serverCore - serverMilliseconds
      const ofGeneratorCore = after.generatorCore - before.generatorCore - generatorMilliseconds
      const others = this.onAllCores ? ofServerCore + ofGeneratorCore : Math.max(ofServerCore, ofGeneratorCore)
      return {
        milliseconds,
        serverMilliseconds,
        generatorShare: generatorMilliseconds / milliseconds,
        othersShare: Math.max(0, others) / milliseconds,
      }
    }
  }
}

/** Something that was measured, and how much the machine was ours meanwhile. */
export interface Part {
  use: WindowUse
}

const quietShare = 0.1
/** How many parts may be noisy for one that is not. */
const patience = 3

const isQuiet = ({ use }: Part) => use.othersShare <= quietShare

/** Whether there are enough parts: as many quiet ones as wanted, or so many that waiting for more is in vain. */
export function isEnough(parts: readonly Part[], wanted: number, borne = patience): boolean {
  return parts.filter(isQuiet).length >= wanted || parts.length >= wanted * borne
}

/** The parts that count: those in which the machine was ours, or all if it never was. */
export function quietOnes<P extends Part>(parts: readonly P[]): readonly P[] {
  const quiet = parts.filter(isQuiet)
  return quiet.length > 0 ? quiet : parts
}

export interface RatePart extends Part {
  /** How much each counter grew in a second. */
  perSecond: number[]
}

/** Samples counters over equal windows until enough of them were quiet, and answers those that count. */
export async function rates(meter: Meter, wanted: number, milliseconds: number, read: () => number[]): Promise<readonly RatePart[]> {
  const parts: RatePart[] = []
  while (!isEnough(parts, wanted)) {
    const before = read()
    const close = meter.open()
    await sleep(milliseconds)
    const use = close()
    parts.push({ use, perSecond: read().map((value, at) => ((value - before[at]!) * 1_000) / use.milliseconds) })
  }
  return quietOnes(parts)
}
