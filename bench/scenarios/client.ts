import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { Client as OwnClient } from '@parley/client'
import type { Client } from '@twilio/conversations'
import { build } from 'esbuild'
import { concurrently } from '../bots/concurrently.ts'
import type { Population } from '../bots/population.ts'
import type { Figure } from '../measure/figures.ts'
import { median } from '../measure/statistics.ts'
import { until } from '../measure/wait.ts'
import type { Scenario } from './scenario.ts'

const load = createRequire(import.meta.url)
const official = load.resolve('@twilio/conversations')

/** Both SDKs, as an app makes them. */
const sdks = {
  own: OwnClient as unknown as typeof Client,
  official: (load('@twilio/conversations') as { Client: typeof Client }).Client,
}
type Sdk = keyof typeof sdks
const names = Object.keys(sdks) as Sdk[]

const connect = (sdk: Sdk, population: Population, identity: string): Client =>
  new sdks[sdk](population.token(identity), { Twilsock: { uri: String(population.subject.websocketUrl) } })

const warmUp = 1_000

const noop = () => {}

/**
 * From the constructor until the app holds all of its conversations and hears of a message in any of them. The official SDK says nothing when its
 * subscriptions stand, so both are asked the same way: when the last conversation has said that it was joined.
 */
async function startUp(sdk: Sdk, population: Population, identity: string, conversations: number): Promise<number> {
  const began = performance.now()
  const client = connect(sdk, population, identity)
  try {
    let joined = 0
    const allJoined = new Promise<void>((resolve) => {
      client.on('conversationJoined', () => {
        if (++joined === conversations) resolve()
      })
    })
    await allJoined
    return performance.now() - began
  } finally {
    await client.shutdown()
  }
}

async function startUps(population: Population, conversations: number, times: number): Promise<Figure[]> {
  const identity = `starter-${conversations}`
  const path = `${population.conversationsPath}`
  const numbers = Array.from({ length: conversations }, (_, at) => at)
  await concurrently(numbers, 32, async (at) => {
    const sid = await population.rest.create(path, { FriendlyName: `Conversation ${at}` })
    for (const member of [identity, `partner-${at % 50}`]) await population.rest.create(`${path}/${sid}/Participants`, { Identity: member })
    await population.rest.create(`${path}/${sid}/Messages`, { Author: `partner-${at % 50}`, Body: `The last one of ${at}` })
  })
  const took: Record<Sdk, number[]> = { own: [], official: [] }
  // By turns, so that both have the same neighbours.
  for (let time = 0; time < times; time++) for (const sdk of names) took[sdk].push(await startUp(sdk, population, identity, conversations))
  return [
    {
      scenario: 'client',
      name: `ready with ${conversations.toLocaleString('en')} conversations`,
      value: median(took.own),
      unit: 'ms',
      ...(conversations === 1_000 ? { target: { atMost: 300 } } : {}),
      note: `official SDK: ${Math.round(median(took.official)).toLocaleString('en')} ms`,
    },
  ]
}

/** Bytes that a client keeps after it has seen many messages, which the app did not keep. */
async function heap(sdk: Sdk, population: Population, messages: number): Promise<number> {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  const used = async () => {
    for (let round = 0; round < 3; round++) {
      collect()
      await sleep(50)
    }
    return process.memoryUsage().heapUsed
  }
  const [room] = await population.createRooms(1, 2, `heap-${sdk}`)
  const { sid, identities } = room as { sid: string; identities: string[] }
  const client = connect(sdk, population, identities[0] as string)
  try {
    let seen = 0
    const joined = new Promise<void>((resolve) => client.once('conversationJoined', () => resolve()))
    client.on('messageAdded', () => seen++)
    await joined
    const sender = await population.connect(identities[1] as string)
    const send = async (count: number) => {
      const upTo = seen + count
      await concurrently(Array.from({ length: count }, noop), 32, (_, at) =>
        sender.sendMessage(population.serviceSid, sid, `message ${at} ${'.'.repeat(200)}`),
      )
      await until(
        () => seen === upTo,
        () => `${seen} of ${upTo} messages came`,
      )
    }
    // What the first messages set up once is not what messages leave behind.
    await send(warmUp)
    const before = await used()
    await send(messages)
    sender.destroy()
    return (await used()) - before
  } finally {
    await client.shutdown()
  }
}

/** Kilobytes that a page loads. */
async function bundles(): Promise<Figure> {
  const { outputFiles } = await build({
    stdin: {
      contents: "import * as Conversations from '@parley/client'; globalThis.Parley = { Conversations }",
      resolveDir: process.cwd(),
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['source', 'browser'],
  })
  const size = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length / 1_000
  return {
    scenario: 'client',
    name: 'bundle for a page, minified, gzip',
    value: size(outputFiles[0]?.contents as Uint8Array),
    unit: 'kB',
    target: { atMost: 30 },
    note: `official SDK: ${Math.round(size(readFileSync(join(dirname(official), 'twilio-conversations.min.js'))))} kB`,
  }
}

export const client: Scenario = {
  name: 'client',
  about: 'both client SDKs side by side: start with 1, 100 and 1,000 conversations, bundle, heap after many messages',
  async run(lab) {
    const messages = lab.size(5_000, 10_000)
    const figures = await lab.on('server', async (population) => {
      // Before anything else has used this process's memory.
      const kept = { own: await heap('own', population, messages), official: await heap('official', population, messages) }
      const starts: Figure[] = []
      for (const conversations of [1, 100, 1_000]) starts.push(...(await startUps(population, conversations, lab.size(3, 7))))
      const megabytes = (bytes: number) => bytes / 1_000_000
      starts.push({
        scenario: 'client',
        name: `heap that ${messages.toLocaleString('en')} messages leave behind`,
        value: megabytes(kept.own),
        unit: 'MB',
        note: `official SDK: ${megabytes(kept.official).toFixed(1)} MB`,
      })
      return starts
    })
    return [...figures, await bundles()]
  },
}
