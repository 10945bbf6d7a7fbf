import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Rest } from '../rest.ts'
import { Sync, type SyncEvent, type WatchedObject } from './sync.ts'

interface Asked {
  action: string
  correlation_id: number
  requests: { object_sid: string; last_event_id?: number }[]
}

/** Sync over a server that the test plays. */
function start({ countsEach = true } = {}) {
  const asked: Asked[] = []
  const state = { refuses: false }
  const rest = {
    ask: async (_url: string, body: Asked) => {
      asked.push(body)
      if (state.refuses) throw new Error('The server is busy')
      return { max_batch_size: 2, estimated_delivery_in_ms: 20_000 }
    },
  } as unknown as Rest
  const sync = new Sync(rest, () => countsEach)
  const told: string[] = []
  const list = (sid: string, position = 0): WatchedObject => ({
    sid,
    type: 'list',
    position,
    apply: ({ kind, id, key }: SyncEvent) => void told.push(`${sid} ${kind} ${key} #${id}`),
    gone: () => void told.push(`${sid} gone`),
  })
  const added = (sid: string, id: number, correlation_id?: number) =>
    sync.receive({ event_type: 'list_item_added', correlation_id, events: [{ id, list_sid: sid, item_index: id, item_data: {} }] })
  const established = (sid: string, correlation_id: number, replay_status = 'completed') =>
    sync.receive({ event_type: 'subscription_established', correlation_id, events: [{ object_sid: sid, replay_status }] })
  return { sync, asked, told, list, added, established, state }
}

const soon = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks for what is watched in batches, from where each stands', async () => {
  const { sync, asked, list } = start()
  for (const [at, sid] of ['ES1', 'ES2', 'ES3'].entries()) sync.watch(list(sid, at))
  await soon()
  // How many go in one request is known after the first answer.
  expect(asked[0]).toMatchObject({
    action: 'establish',
    requests: [{ object_sid: 'ES1', last_event_id: 0 }, { last_event_id: 1 }, { last_event_id: 2 }],
  })
  sync.watch(list('ES4'))
  sync.watch(list('ES5'))
  sync.watch(list('ES6'))
  await soon()
  expect(asked.slice(1).map(({ requests }) => requests.length)).toEqual([2, 1])
})

it('applies every event once, in order', async () => {
  const { sync, told, list, added } = start()
  sync.watch(list('ES1'), { subscribed: true })
  for (const id of [1, 2, 2, 1, 3]) added('ES1', id)
  expect(told).toEqual(['ES1 added 1 #1', 'ES1 added 2 #2', 'ES1 added 3 #3'])
})

it('asks for what is missing when an event leaves a gap, and goes on behind it', async () => {
  const { sync, asked, told, list, added, established } = start()
  sync.watch(list('ES1', 4), { subscribed: true })
  added('ES1', 5)
  added('ES1', 8)
  added('ES1', 9)
  await soon()
  expect(asked).toMatchObject([{ action: 'establish', requests: [{ object_sid: 'ES1', last_event_id: 5 }] }])
  const correlation = asked[0]?.correlation_id as number
  for (const id of [6, 7, 8, 9]) added('ES1', id, correlation)
  established('ES1', correlation)
  added('ES1', 10)
  expect(told.map((line) => line.split('#')[1])).toEqual(['5', '6', '7', '8', '9', '10'])
})

it('takes gaps as they are where a server does not count each event', async () => {
  const { sync, asked, told, list, added } = start({ countsEach: false })
  sync.watch(list('ES1'), { subscribed: true })
  added('ES1', 7)
  await soon()
  expect(told).toHaveLength(1)
  expect(asked).toEqual([])
})

it('takes compacted replays as they are', () => {
  const { sync, told, list, added } = start()
  sync.watch(list('ES1'), { subscribed: true })
  added('ES1', 7, 1)
  expect(told).toEqual(['ES1 added 7 #7'])
})

it('keeps events of an object that is being opened', async () => {
  const { sync, told, list, added } = start()
  await sync.opening(async () => {
    added('ES1', 2)
    added('ES1', 3)
    added('ES9', 1)
  })
  sync.watch(list('ES1', 2), { subscribed: true })
  expect(told).toEqual(['ES1 added 3 #3'])
  await soon()
  sync.watch(list('ES9'), { subscribed: true })
  expect(told).toHaveLength(1)
})

it('asks on when a replay came in portions', async () => {
  const { sync, asked, list, added, established } = start()
  sync.watch(list('ES1'))
  await soon()
  added('ES1', 5, asked[0]?.correlation_id)
  established('ES1', asked[0]?.correlation_id as number, 'interrupted')
  await soon()
  expect(asked[1]?.requests).toEqual([{ object_sid: 'ES1', object_type: 'list', last_event_id: 5 }])
})

it('asks again when nothing comes, and when the request fails', async () => {
  const { sync, asked, list, state, established } = start()
  state.refuses = true
  sync.watch(list('ES1'))
  await soon()
  expect(asked).toHaveLength(1)
  state.refuses = false
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(asked).toHaveLength(3)
  established('ES1', asked[2]?.correlation_id as number)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(3)
})

it('lets go of what the server does not have any more', async () => {
  const { sync, asked, told, list } = start()
  sync.watch(list('ES1'))
  sync.watch(list('ES2'))
  await soon()
  const error = { status: 404, code: 54009 }
  sync.receive({ event_type: 'subscription_failed', correlation_id: asked[0]?.correlation_id, events: [{ object_sid: 'ES1', error }] })
  sync.receive({ event_type: 'list_removed', events: [{ id: 9, list_sid: 'ES2' }] })
  expect(told).toEqual(['ES1 gone', 'ES2 gone'])
  expect(sync.size).toBe(0)
})

it('leaves no timer behind when a connection ends', async () => {
  const { sync, list } = start()
  sync.watch(list('ES1'))
  await soon()
  sync.resumed()
  expect(vi.getTimerCount()).toBe(0)
})
