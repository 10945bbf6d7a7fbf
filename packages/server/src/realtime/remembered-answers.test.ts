import type { Frame } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { createClock } from '../base/clock.ts'
import { RememberedAnswers } from './remembered-answers.ts'
import type { UpstreamAnswer } from './upstream.ts'

const frame = (id: unknown, method = 'POST'): Frame => ({
  header: { http_request: { method, headers: { 'X-Twilio-Mutation-Id': id } } },
  payload: new Uint8Array(),
})

describe('answers to changes that may come again', () => {
  const open = () => {
    const clock = createClock(() => 0)
    const answers = new RememberedAnswers(clock)
    let made = 0
    const change = (user: string, of: Frame, answer: Partial<UpstreamAnswer> = {}) =>
      answers.once(user, of, async () => ({ status: 201, body: `change ${++made}`, goesOn: undefined, ...answer }))
    return { clock, change, made: () => made }
  }

  it('are given again to the same user, also while the change is under way', async () => {
    const { change, made } = open()
    const [first, second] = await Promise.all([change('alice', frame('m1')), change('alice', frame('m1'))])
    expect([first.body, second.body, (await change('alice', frame('m1'))).body]).toEqual(['change 1', 'change 1', 'change 1'])
    expect(made()).toBe(1)
  })

  it('are given to nobody else, and for no other change', async () => {
    const { change } = open()
    await change('alice', frame('m1'))
    expect((await change('bob', frame('m1'))).body).toBe('change 2')
    expect((await change('alice', frame('m2'))).body).toBe('change 3')
    expect((await change('alice', frame('m1', 'GET'))).body).toBe('change 4')
    for (const id of [undefined, null, 1, {}, 'x'.repeat(101)]) await change('alice', frame(id))
    expect((await change('alice', frame(undefined))).body).toBe('change 10')
  })

  it('are forgotten after a while, and at once when a failure may pass', async () => {
    const { clock, change } = open()
    await change('alice', frame('m1'))
    for (const status of [429, 500, 503]) {
      await change('alice', frame('m2'), { status })
      expect((await change('alice', frame('m2'))).status).toBe(201)
      await clock.advance(300_000)
    }
    expect((await change('alice', frame('m1'))).body).not.toBe('change 1')
  })

  it('are forgotten, the oldest first, when they are many or large', async () => {
    const { change } = open()
    await change('alice', frame('first'))
    await change('alice', frame('second'), { body: 'x'.repeat(33_554_432) })
    await change('alice', frame('third'))
    expect((await change('alice', frame('third'))).body).toBe('change 3')
    expect((await change('alice', frame('first'))).body).not.toBe('change 1')
  })
})
