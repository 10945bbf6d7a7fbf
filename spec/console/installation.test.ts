import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accountOf, signedIn } from '../support/console.ts'
import { databases, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { Receiver } from '../support/receiver.ts'
import { anotherAccount, ask, sharedParley } from '../support/rest.ts'

interface Setting {
  name: string
  value: string | null
  source: string
  place: string | null
  is_secret: boolean
  default: string
  description: string
}

describe('the settings in force', () => {
  it('say what holds, what would by default, who said so, and what for; and no secret', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-settings-'))
    const file = join(folder, 'parley.conf')
    const [token, key] = ['t'.repeat(32), 'k'.repeat(32)]
    writeFileSync(file, `# ours\nPARLEY_WEBHOOK_RETRIES=7\nPARLEY_API_KEY_SECRET=${key}\nPARLEY_LIMIT_MEDIA_PER_MESSAGE=unlimited\n`)
    const settings = {
      PARLEY_CONFIG_FILE: file,
      PARLEY_AUTH_TOKEN: token,
      PARLEY_WEBHOOK_PRE_SECONDS: '9',
      PARLEY_STUDIO_FLOWS: `FW${'0'.repeat(32)}=https://user:hunter2@flows.example.org/a`,
    }
    try {
      await using parley = await startParley({ settings })
      const { status, json, text } = await ask(parley, '/v1/Settings')
      expect(status).toBe(200)
      const found = Object.fromEntries((json.settings as Setting[]).map((setting) => [setting.name, setting]))
      expect(found['PARLEY_WEBHOOK_RETRIES']).toEqual({
        name: 'PARLEY_WEBHOOK_RETRIES',
        value: '7',
        default: '3',
        source: 'file',
        place: `line 2 of ${file}`,
        is_secret: false,
        description: expect.stringContaining('sent again'),
      })
      expect(found['PARLEY_WEBHOOK_PRE_SECONDS']).toMatchObject({ value: '9', default: '5', source: 'environment', place: null })
      expect(found['PARLEY_WEBHOOK_POST_SECONDS']).toMatchObject({ value: '15', default: '15', source: 'default', place: null })
      expect(found['PARLEY_PUBLIC_URL']).toMatchObject({ value: null, source: 'default', default: expect.stringMatching(/./) })
      expect(found['PARLEY_PAGES']).toMatchObject({ value: 'none', source: 'environment' })
      expect(found['PARLEY_AUTH_TOKEN']).toMatchObject({ value: '[hidden]', is_secret: true, source: 'environment' })
      expect(found['PARLEY_API_KEY_SECRET']).toMatchObject({ value: '[hidden]', is_secret: true, source: 'file' })
      expect(found['PARLEY_SECRET_KEY']).toMatchObject({ value: null, is_secret: true, source: 'default' })
      expect(found['PARLEY_LIMIT_MEDIA_PER_MESSAGE']).toMatchObject({ value: 'unlimited', default: '10 items', source: 'file' })
      expect(found['PARLEY_LIMIT_MESSAGE_BODY_BYTES']).toMatchObject({ value: '32768', source: 'default' })
      for (const secret of [token, key, 'hunter2', parley.credentials.auth_token]) expect(text).not.toContain(secret)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('are for whoever runs the server: no API key, and no account that was made by another', async () => {
    await using parley = await startParley({ settings: { PARLEY_PAGES: 'console' } })
    const { api_key_sid: username, api_key_secret: password, account_sid } = parley.credentials
    const refused = { status: 403, json: { code: 20403 } }
    expect(await ask(parley, '/v1/Settings', { login: { username, password, account_sid } })).toMatchObject(refused)
    expect(await ask(parley, '/v1/Settings', { login: await anotherAccount(parley) })).toMatchObject(refused)
    expect((await ask(parley, '/v1/Settings', { login: null })).status).toBe(401)
    expect((await (await signedIn(parley, accountOf(parley))).ask('/v1/Settings')).status).toBe(200)
    expect(await (await signedIn(parley, { username, password })).ask('/v1/Settings')).toMatchObject(refused)
  })
})

describe.each(databases)('metrics, on %s', (database) => {
  const parley = sharedParley({ database })
  const tick = 10_000
  const read = async (query = '') => (await ask(parley(), `/v1/Metrics${query}`)).json
  /** Lets time pass until the next point is taken. */
  const nextPoint = async () => {
    const before = Date.parse((await read()).now.date)
    await parley().pacing.advance(Math.max(0, before + tick - parley().pacing.now()))
    await expect.poll(async () => Date.parse((await read()).now.date)).toBeGreaterThan(before)
  }
  /** What was measured while this was done. Right behind a point it falls into the next one, however slow the machine is. */
  const measured = async (act: () => Promise<unknown>) => {
    await nextPoint()
    await act()
    await nextPoint()
    return (await read()).now
  }

  it('tell how the node is, from the start', async () => {
    const { now, points, interval_seconds, date_started, node_sid } = await read()
    expect(interval_seconds).toBe(10)
    expect(Date.parse(date_started)).toBeLessThanOrEqual(parley().pacing.now())
    expect(node_sid).toMatch(/./)
    expect(points.at(-1)).toEqual(now)
    expect(now.memory_rss_bytes).toBeGreaterThan(10_000_000)
    expect(now.memory_heap_bytes).toBeGreaterThan(1_000_000)
    expect(now.event_loop_p99_milliseconds).toBeGreaterThanOrEqual(0)
  })

  it('count connections, messages, what they were told, and commits', async () => {
    const client = await RawClient.start(parley().socketUrl, parley().token('alice'))
    const { sid } = await parley().conversations.conversations.create()
    await parley().conversations.conversations(sid).participants.create({ identity: 'alice' })
    await client.subscribe({ object_sid: `${sid}.messages`, object_type: 'list' })
    const now = await measured(async () => {
      for (let n = 0; n < 20; n++)
        await parley()
          .conversations.conversations(sid)
          .messages.create({ body: `${n}` })
    })
    expect(now.connections).toBe(1)
    // 20 in 10 seconds, and what little the test itself took.
    expect(now.messages_per_second).toBeGreaterThan(1)
    expect(now.messages_per_second).toBeLessThanOrEqual(2)
    expect(now.deliveries_per_second).toBeGreaterThan(1)
    expect(now.commits_per_second).toBeGreaterThan(0)
    expect(now.commit_p99_milliseconds).toBeGreaterThan(0)
    client.socket.terminate()
    await client.closed
    expect((await measured(async () => {})).connections).toBe(0)
  })

  it('count requests by what came of them', async () => {
    const now = await measured(async () => {
      for (let n = 0; n < 10; n++) await ask(parley(), '/v1/Conversations')
      for (let n = 0; n < 20; n++) await ask(parley(), '/v1/Conversations/nope')
    })
    expect(now.requests_succeeded_per_second).toBeGreaterThan(0.5)
    expect(now.requests_refused_per_second).toBeGreaterThan(1)
    expect(now.requests_refused_per_second).toBeLessThanOrEqual(2)
    expect(now.requests_failed_per_second).toBe(0)
  })

  it('count webhooks by what came of them, and the dead', async () => {
    await using receiver = await Receiver.open()
    const { webhooks } = parley().conversations.configuration
    await webhooks().update({ postWebhookUrl: receiver.url, filters: ['onConversationAdded'], method: 'POST' })
    const now = await measured(async () => {
      await ask(parley(), '/v1/Conversations', { form: {}, headers: { 'x-twilio-webhook-enabled': 'true' } })
      await receiver.hears('onConversationAdded')
      await expect.poll(async () => (await ask(parley(), '/v1/Webhooks/Deliveries?State=delivered')).json.deliveries.length).toBe(1)
    })
    expect(now.webhooks_delivered_per_second).toBeGreaterThan(0)
    expect(now.webhook_p99_milliseconds).toBeGreaterThan(0)
    expect(now).toMatchObject({ webhooks_failed_per_second: 0, jobs_dead: 0 })
  })

  it('tell the points that are new to who has seen some', async () => {
    await measured(async () => {})
    const { points } = await read()
    const { date } = points.at(-2)
    expect((await read(`?Since=${date}`)).points).toEqual(points.slice(-1))
    expect((await read(`?Since=${points.at(-1).date}`)).points).toEqual([])
    expect((await ask(parley(), '/v1/Metrics?Since=yesterday')).status).toBe(400)
  })

  it('keep an hour, and no more', async () => {
    for (let n = 0; n < 380; n++) {
      await parley().pacing.advance(tick)
      // A point is written down when the database has answered.
      await read(`?Since=${new Date(parley().pacing.now()).toISOString()}`)
    }
    const { points, now } = await read()
    expect(points.length).toBeGreaterThan(300)
    expect(points.length).toBeLessThanOrEqual(360)
    expect(Date.parse(now.date) - Date.parse(points[0].date)).toBeLessThan(3_600_000)
  })

  it('are for the account that runs the server, and its keys', async () => {
    const { api_key_sid: username, api_key_secret: password, account_sid } = parley().credentials
    expect((await ask(parley(), '/v1/Metrics', { login: { username, password, account_sid } })).status).toBe(200)
    expect(await ask(parley(), '/v1/Metrics', { login: await anotherAccount(parley()) })).toMatchObject({
      status: 403,
      json: { code: 20403 },
    })
    expect((await ask(parley(), '/v1/Metrics', { login: null })).status).toBe(401)
  })
})
