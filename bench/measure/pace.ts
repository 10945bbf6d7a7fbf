import { medianSummary, type Summary, summarise } from './statistics.ts'
import { isEnough, type Meter, type Part, quietOnes, type WindowUse } from './window.ts'

export interface PaceSettings {
  meter: Meter
  perSecond: number
  warmUpSeconds: number
  partSeconds: number
  /** Quiet parts that are wanted. */
  parts: number
  /** How many parts may be noisy for one that is not; 1 where all count, because others are measured in turn with these. */
  patience?: number
  /** Sends the message with this number; numbers count up from 0. */
  send(number: number): void
}

/** A run at a fixed rate. */
export interface Pace {
  /** Settles after the last call of `send`, with the count of messages. */
  done: Promise<number>
  /** Tells that a message arrived now. The time since it was due is kept, unless it belongs to the warming up. */
  arrived(number: number): void
  /** When everything has arrived. */
  result(): PaceResult
}

export interface PaceResult extends Summary {
  /** How late the generator itself was, which is in the latencies: p99. */
  lateness: number
  /** p99 of the worst part that counts. */
  worst: number
  uses: WindowUse[]
}

/**
 * Calls `send` at a fixed rate whatever happens to what was sent before (open loop). Latencies count from the instant at which a message was
 * due, so that a stall is paid for by all that should have happened meanwhile.
 *
 * Its timers are up to a millisecond or two late, and that is in the latencies. To spin instead was tried: the kernel's threads that
 * bring a write to the disk then wait for the spinning core, up to a slice of the scheduler, and the median grew from 0.4 to 2.5 ms.
 */
export function atRate({ meter, perSecond, warmUpSeconds, partSeconds, parts: wanted, patience, send }: PaceSettings): Pace {
  const interval = 1_000 / perSecond
  const start = performance.now() + 100
  const dueAt = (number: number) => start + number * interval
  const first = perSecond * warmUpSeconds
  const partSize = perSecond * partSeconds
  const samples: number[][] = []
  const lateness: number[] = []
  const parts: Part[] = []
  let next = 0
  let closeWindow = () => {}
  let ended = false

  const beginPart = () => {
    closeWindow()
    ended = isEnough(parts, wanted, patience)
    if (ended) return
    samples.push([])
    const close = meter.open()
    closeWindow = () => parts.push({ use: close() })
  }

  const done = new Promise<number>((resolve, reject) => {
    const turn = () => {
      try {
        while (!ended && dueAt(next) <= performance.now()) {
          if (next >= first && (next - first) % partSize === 0) beginPart()
          if (ended) break
          lateness.push(performance.now() - dueAt(next))
          send(next++)
        }
        if (ended) resolve(next)
        else setTimeout(turn, 1)
      } catch (error) {
        reject(error)
      }
    }
    setImmediate(turn)
  })

  return {
    done,
    arrived(number) {
      if (number >= first) samples[Math.floor((number - first) / partSize)]!.push(performance.now() - dueAt(number))
    },
    result() {
      const counting = quietOnes(parts.map(({ use }, at) => ({ use, summary: summarise(samples[at]!) })))
      const summaries = counting.map(({ summary }) => summary)
      return {
        ...medianSummary(summaries),
        lateness: summarise(lateness.slice(first)).p99,
        worst: Math.max(...summaries.map(({ p99 }) => p99)),
        uses: counting.map(({ use }) => use),
      }
    },
  }
}
