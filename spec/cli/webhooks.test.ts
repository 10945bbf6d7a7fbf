import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'
import { eventually } from '../support/until.ts'

describe('parley webhooks', () => {
  const parley = sharedParley({ settings: { PARLEY_WEBHOOK_RETRIES: '0' } })
  let alice: Person
  beforeAll(async () => {
    alice = await person(environmentFor(parley()))
  })
  afterAll(() => alice[Symbol.asyncDispose]())

  it('shows what a receiver was told and how it answered, and tells it once more', async () => {
    let status = 403
    let told = 0
    const receiver = createServer((request, answer) => {
      request.resume()
      told++
      answer.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const postWebhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
    await parley()
      .conversations.configuration.webhooks()
      .update({ postWebhookUrl, filters: ['onConversationAdded'], method: 'POST' })

    await alice.parley('conversations', 'create', '--friendly-name', 'Told', '--fire-webhooks')
    const failed = await eventually('a failed delivery', async () => {
      const { json } = await alice.parley('webhooks', 'log', '--state', 'failed', '--json')
      return json?.[0]
    })
    expect(failed).toMatchObject({ event_type: 'onConversationAdded', target_url: postWebhookUrl, last_status: 403 })
    expect((await alice.parley('webhooks', 'log', failed.sid, '--json')).json.attempt_log).toMatchObject([{ response_status: 403 }])
    expect((await alice.parley('webhooks', 'log')).out).toMatch(new RegExp(`^${failed.sid} +onConversationAdded +post +failed`, 'm'))

    status = 200
    expect(await alice.parley('webhooks', 'replay', '--state', 'failed')).toMatchObject({ code: 2, said: expect.stringContaining('--yes') })
    expect((await alice.parley('webhooks', 'replay', '--state', 'failed', '--yes', '--json')).json).toEqual({ replayed: 1 })
    await eventually('the delivery', async () => {
      const { json } = await alice.parley('webhooks', 'log', '--state', 'delivered', '--json')
      return json?.find(({ sid }: { sid: string }) => sid === failed.sid)
    })
    expect(told).toBe(2)
    expect((await alice.parley('webhooks', 'replay', `WD${'0'.repeat(32)}`)).code).toBe(5)
    receiver.close()
  })
})
