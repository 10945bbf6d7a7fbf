import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fillConversation } from '../bots/fill-conversation.ts'
import type { Kind, Lab } from '../lab.ts'
import { median } from '../measure/statistics.ts'
import { residentBytes } from '../subject/usage.ts'
import type { Scenario } from './scenario.ts'

const writers = 8
const restMilliseconds = 3_000
const bytesPerMegabyte = 1_048_576

interface Start {
  readyMilliseconds: number
  residentMegabytes: number
}

/** Fills a database, then starts on it again and again, from the start of the process to the ready line. */
async function measure(lab: Lab, kind: Kind, messages: number, starts: number): Promise<Start> {
  const dataDir = lab.newDataDir()
  try {
    const credentials = await lab.on(
      kind,
      async (population) => {
        const [room] = await population.createRooms(1, writers)
        await fillConversation(population, room!, messages)
        return population.subject.credentials
      },
      { dataDir },
    )
    const samples: Start[] = []
    for (let done = 0; done < starts; done++) {
      const sample = async ({ subject }: { subject: { pid: number; readyMilliseconds: number } }) => {
        await sleep(restMilliseconds)
        return { readyMilliseconds: subject.readyMilliseconds, residentMegabytes: residentBytes(subject.pid) / bytesPerMegabyte }
      }
      samples.push(await lab.on(kind, sample, { dataDir, credentials }))
    }
    return {
      readyMilliseconds: median(samples.map((sample) => sample.readyMilliseconds)),
      residentMegabytes: median(samples.map((sample) => sample.residentMegabytes)),
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export const start: Scenario = {
  name: 'start',
  about: 'from the start of the process to the ready line with existing data in production mode, and memory at rest',
  async run(lab) {
    const messages = lab.size(20_000, 200_000)
    const limit = await measure(lab, 'bare', 1_000, 3)
    const result = await measure(lab, 'server', messages, lab.size(3, 7))
    return [
      {
        scenario: 'start',
        name: 'until ready',
        value: result.readyMilliseconds,
        unit: 'ms',
        target: { atMost: 500 },
        limit: limit.readyMilliseconds,
      },
      {
        scenario: 'start',
        name: 'memory at rest',
        value: result.residentMegabytes,
        unit: 'MB',
        target: { atMost: 100 },
        limit: limit.residentMegabytes,
      },
    ]
  },
}
