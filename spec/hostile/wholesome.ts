import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Log } from '@parley/server'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Parley, type ParleyOptions, startParley } from '../support/parley.ts'
import { type Answer, RawClient } from '../support/raw-client.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What the process holds when everything that can be forgotten is forgotten, in bytes. */
async function memoryInUse(): Promise<number> {
  // What holds memory outside of the heap is let go one turn after it was found to be garbage.
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What may be held after all attacks beyond what was held before them: caches, compiled code, and what tests themselves keep. */
const mostGrowth = 16 * 1_048_576

export interface Attacked {
  parley: Parley
  /** Somebody who behaves, connected since before the attack. */
  bystander: RawClient
  /** A conversation that the bystander takes part in and watches. */
  conversation: string
  /** `/Client/v2/Services/IS…` */
  service: string
  /** Sends a message as the bystander. */
  say(body: string): Promise<Answer>
  /** What the operator has been told since the test began. */
  told: object[]
  /** The bystander, and somebody who comes new, are served as if nothing had happened. */
  stillServes(): Promise<void>
}

/**
 * A server that is attacked by every test. After each of them it must serve somebody who behaved as if nothing had happened: their connection
 * stands, new ones are let in, nothing was called an error, no promise was left to fail. And at the end no more memory is held.
 */
export function attacked(options: ParleyOptions = {}): () => Attacked {
  const errors: unknown[] = []
  const failures: unknown[] = []
  const told: object[] = []
  const log: Log = {
    debug() {},
    info: (fields, text) => told.push({ text, ...fields }),
    warn() {},
    error: (fields, text) => errors.push({ text, ...fields }),
  }
  const onFailure = (cause: unknown) => failures.push(cause)
  let place: Attacked | undefined
  let held = 0
  let said = 0

  beforeAll(async () => {
    process.on('unhandledRejection', onFailure)
    process.on('uncaughtExceptionMonitor', onFailure)
    const parley = await startParley({ ...options, log })
    const { sid: conversation } = await parley.conversations.conversations.create({ uniqueName: 'the bystanders' })
    await parley.conversations.conversations(conversation).participants.create({ identity: 'bystander' })
    const enter = async () => {
      const client = await RawClient.start(parley.socketUrl, parley.token('bystander'))
      await client.subscribe({ object_sid: `ES${conversation.slice(2)}`, object_type: 'list' })
      return client
    }
    const bystander = await enter()
    const service = `/Client/v2/Services/${parley.credentials.service_sid}`
    const say = (body: string) => bystander.post(`${service}/Conversations/${conversation}/Messages`, { body })

    place = {
      parley,
      bystander,
      conversation,
      service,
      say,
      told,
      async stillServes() {
        const newcomer = await enter()
        const body = `still here ${++said}`
        expect(await say(body)).toMatchObject({ status: 201 })
        for (const client of [bystander, newcomer]) await client.hears(({ event }) => event.item_data?.text === body, body)
        expect((await fetch(`${parley.url}/healthz`)).status).toBe(200)
        newcomer.socket.terminate()
        await newcomer.closed
        bystander.incoming.forget()
      },
    }
    await place.stillServes()
    held = await memoryInUse()
  })

  afterEach(async () => {
    await place?.stillServes()
    expect({ errors, failures }).toEqual({ errors: [], failures: [] })
    told.length = 0
  })

  afterAll(async () => {
    process.off('unhandledRejection', onFailure)
    process.off('uncaughtExceptionMonitor', onFailure)
    const growth = (await memoryInUse()) - held
    place?.bystander.socket.terminate()
    await place?.parley.close()
    expect(growth).toBeLessThan(mostGrowth)
  })

  return () => {
    if (!place) throw new Error('The server is there when the tests run')
    return place
  }
}
