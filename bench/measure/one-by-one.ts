import { median, medianSummary, type Summary, summarise } from './statistics.ts'
import { isEnough, type Meter, type Part, quietOnes } from './window.ts'

/** What a request costs when nothing else happens. */
export interface Cost extends Summary {
  /** Processor time of the server a request, in microseconds. */
  microseconds: number
}

const partsWanted = 5
/** What a server does all day has been optimised by its engine. */
const partsToWarmUp = 3

/** Does something again and again, one at a time, in parts of `rounds`; the first ones are to warm up. */
export async function oneByOne(meter: Meter, rounds: number, work: (round: number) => Promise<unknown>): Promise<Cost> {
  const parts: (Part & { summary: Summary })[] = []
  let done = 0
  const part = async () => {
    const latencies: number[] = []
    const close = meter.open()
    for (const end = done + rounds; done < end; done++) {
      const started = performance.now()
      await work(done)
      latencies.push(performance.now() - started)
    }
    return { use: close(), summary: summarise(latencies) }
  }
  for (let warming = 0; warming < partsToWarmUp; warming++) await part()
  while (!isEnough(parts, partsWanted)) parts.push(await part())
  const counting = quietOnes(parts)
  return {
    ...medianSummary(counting.map(({ summary }) => summary)),
    microseconds: median(counting.map(({ use }) => (use.serverMilliseconds * 1_000) / rounds)),
  }
}
