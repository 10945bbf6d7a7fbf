import { expect, it } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { RememberedAnswers } from './remembered-answers.ts'

function start() {
  let now = 0
  let made = 0
  const clock = { now: () => now } as Clock
  const answers = new RememberedAnswers(clock)
  const frame = (id: unknown, method = 'POST') => ({
    header: { http_request: { method, headers: { 'X-Twilio-Mutation-Id': id } } },
    payload: new Uint8Array(),
  })
  const ask = (user: string, id: unknown, { status = 201, method = 'POST' } = {}) =>
    answers.once(user, frame(id, method), async () => ({ status, body: String(++made), goesOn: undefined }))
  const wait = (milliseconds: number) => {
    now += milliseconds
  }
  return { ask, wait }
}

it('a change that comes again is not made again, also while the first is under way', async () => {
  const { ask } = start()
  const [first, second] = await Promise.all([ask('US1', 'a'), ask('US1', 'a')])
  expect([first.body, second.body, (await ask('US1', 'a')).body]).toEqual(['1', '1', '1'])
})

it('is known by its user and its id', async () => {
  const { ask } = start()
  expect([(await ask('US1', 'a')).body, (await ask('US2', 'a')).body, (await ask('US1', 'b')).body]).toEqual(['1', '2', '3'])
})

it('is forgotten after five minutes, and when it failed in a way that may pass', async () => {
  const { ask, wait } = start()
  await ask('US1', 'a')
  wait(299_999)
  expect((await ask('US1', 'a')).body).toBe('1')
  wait(1)
  expect((await ask('US1', 'a')).body).toBe('2')
  for (const status of [500, 503, 429]) await ask('US1', status.toString(), { status })
  expect((await ask('US1', '503')).body).toBe('6')
  await ask('US1', 'refused', { status: 403 })
  expect((await ask('US1', 'refused')).body).toBe('7')
})

it('what reads, and what has no id or an absurd one, is done every time', async () => {
  const { ask } = start()
  for (const id of [undefined, 5, 'x'.repeat(101)]) await ask('US1', id)
  await ask('US1', 'a', { method: 'GET' })
  expect((await ask('US1', 'a', { method: 'GET' })).body).toBe('5')
})
