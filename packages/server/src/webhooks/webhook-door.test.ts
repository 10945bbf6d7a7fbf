import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { NoAnswer } from '@parley/protocol'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeRunner } from '../../../../spec/support/close-runner.ts'
import { dataParent } from '../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { type HttpReceiver, startHttpReceiver } from '../../../../spec/support/http-receiver.ts'
import { eventually } from '../../../../spec/support/until.ts'
import { createClock, type MovableClock } from '../base/clock.ts'
import { readSettings } from '../base/config.ts'
import { readTarget } from '../base/outward-guard.ts'
import { createVault } from '../base/vault.ts'
import type { Context } from '../domain/context.ts'
import { ask } from '../domain/webhooks/ask.ts'
import type { PreAction } from '../domain/webhooks/caller.ts'
import { forgetDeliveries } from '../domain/webhooks/forget-deliveries.ts'
import { replayDelivery } from '../domain/webhooks/replay-deliveries.ts'
import { runJobs } from '../jobs/runner.ts'
import { BareWorld, type DatabaseKind, databaseKinds } from '../storage/bare-world.ts'
import type { WebhookDeliveryRow } from '../storage/schema.ts'
import { sideways } from '../storage/sideways.ts'
import { type NewDelivery, webhookJobs } from '../storage/webhook-deliveries.ts'
import { sign } from './signature.ts'
import { openWebhookDoor, type WebhookDoor } from './webhook-door.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent }
const authToken = 'a'.repeat(32)
const vault = createVault(Buffer.alloc(32))

interface Options {
  /** More settings, by their names in the environment. */
  settings?: Record<string, string>
  /** Whether this machine may be called. */
  loopback?: boolean
  /** What else may be. */
  allowed?: string[]
  /** File of the thread that calls receivers; null for the thread of the test. */
  callingThread?: URL | null
  /** The machines' clock, by which time-outs are measured. */
  pacing?: MovableClock
}

/** As in a server of its own, and as in one that is part of another process. */
const thread = new URL(inject('callingThread'))
const threads = { 'a thread of their own': thread, 'the same thread': null }
const threadOn = { sqlite: thread, postgres: null }

/** A world whose webhooks are sent. */
class Post implements AsyncDisposable {
  readonly conversation_sid: string

  private constructor(
    readonly world: BareWorld,
    readonly pacing: MovableClock,
    readonly door: WebhookDoor,
    private readonly runner: { close(): Promise<void> },
  ) {
    this.conversation_sid = world.ids.sid('conversation')
  }

  static async open(
    kind: DatabaseKind,
    { settings = {}, loopback = true, allowed = [], callingThread = threadOn[kind], pacing = createClock() }: Options = {},
  ): Promise<Post> {
    const world = await BareWorld.open(kind, fresh)
    await sideways(world.place.address, `update accounts set auth_token = '${vault.lock(authToken)}'`)
    const { store, clock, ids, log } = world
    const needs = {
      store,
      clock,
      pacing,
      ids,
      vault,
      log,
      settings: readSettings(settings),
      rules: { allowed: allowed.flatMap((text) => readTarget(text) ?? []), loopback },
      callingThread: callingThread ?? undefined,
    }
    const door = openWebhookDoor(needs)
    return new Post(world, pacing, door, runJobs(needs, { [webhookJobs]: door.handler }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const close = async () => {
      await Promise.all([this.runner.close(), this.door.close()])
    }
    await closeRunner({ close }, this.pacing)
    await this.world[Symbol.asyncDispose]()
  }

  delivery(url: string, changes: Partial<NewDelivery> = {}): NewDelivery {
    const { ids, clock, account_sid, service_sid } = this.world
    return {
      sid: ids.sid('webhookDelivery'),
      account_sid,
      chat_service_sid: service_sid,
      conversation_sid: this.conversation_sid,
      webhook_sid: null,
      level: 'service',
      event_type: 'onMessageAdded',
      url,
      method: 'POST',
      parameters: [
        ['EventType', 'onMessageAdded'],
        ['Body', 'Café & crème'],
      ],
      idempotency_token: ids.uuid(),
      date_created: clock.now(),
      ...changes,
    }
  }

  async send(...deliveries: NewDelivery[]): Promise<void> {
    await this.world.store.write((tx) => tx.deliveries.enqueue(deliveries))
  }

  question(url: string, changes: Partial<PreAction> = {}): PreAction {
    const { account_sid, chat_service_sid, conversation_sid, method } = this.delivery(url)
    return {
      account_sid,
      chat_service_sid,
      conversation_sid,
      method,
      level: 'service',
      event_type: 'onMessageAdd',
      url,
      parameters: [],
      ...changes,
    }
  }

  /** Waits until a delivery is in a state, after so many attempts. */
  becomes(sid: string, state: WebhookDeliveryRow['state'], attempts?: number): Promise<WebhookDeliveryRow> {
    return eventually(`${sid} to be ${state}`, async () => {
      const row = await this.world.store.read.deliveries.find(sid)
      return row?.state === state && (attempts ?? row.attempts) === row.attempts ? row : undefined
    })
  }

  logged(url: string): Promise<WebhookDeliveryRow> {
    return eventually('a call in the log', async () => {
      const [row] = await sideways(this.world.place.address, `select * from webhook_deliveries where url = '${url}'`)
      return row as unknown as WebhookDeliveryRow | undefined
    })
  }
}

const hang = () => {}

/** Does something that its webhook is asked about. */
function acting({ world, door }: Post, url: string, fail_closed: boolean | null = null): Promise<unknown> {
  const { account_sid, service_sid: chat_service_sid, store } = world
  const before = { level: 'service', url, method: 'POST', hears: new Set<never>(), fail_closed } as const
  const audience = { account_sid, chat_service_sid, source: 'SDK', client_identity: 'alice', before, after: undefined } as const
  const question = { event: 'onMessageRemove', parameters: {} as never, answer: NoAnswer } as const
  return ask({ store, webhooks: door.caller } as unknown as Context, audience, question)
}

describe.each(databaseKinds)('webhooks after an action, on %s', (kind) => {
  it.each(['POST', 'GET'] as const)('are sent by %s with their parameters, signed', async (method) => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    const delivery = post.delivery(`${receiver.url}/hook?env=prod`, { method })
    await post.send(delivery)

    await post.becomes(delivery.sid, 'delivered', 1)
    const [received] = receiver.received.all
    expect(received).toMatchObject({ method, parameters: { EventType: 'onMessageAdded', Body: 'Café & crème', RetryCount: '0' } })
    const address = receiver.url + received?.path
    const signed = method === 'GET' ? sign(authToken, address, []) : sign(authToken, address, Object.entries(received?.parameters ?? {}))
    expect(received?.headers).toMatchObject({ 'x-twilio-signature': signed, 'i-twilio-idempotency-token': delivery.idempotency_token })
    expect(await post.world.store.read.deliveries.attemptsOf(delivery.sid)).toMatchObject([
      { retry_count: 0, response_status: 200, error: null },
    ])
  })

  it('of one conversation come in order, over connections that are kept', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    const deliveries = Array.from({ length: 60 }, (_, n) => post.delivery(receiver.url, { parameters: [['Index', String(n)]] }))
    for (const delivery of deliveries) await post.send(delivery)

    await post.becomes(deliveries.at(-1)!.sid, 'delivered')
    expect(receiver.received.all.map(({ parameters }) => parameters['Index'])).toEqual(deliveries.map((_, n) => String(n)))
    expect(receiver.connections()).toBeLessThan(5)
  })

  it('are sent again, with the same token and one more on the count, when there is no answer, or a 429 or 5xx, until they are dead', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    const replies = [500, 429, 503, 504]
    receiver.answers((_, response) => response.writeHead(replies.shift() ?? 200).end())
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)

    for (const attempts of [1, 2, 3]) {
      await post.becomes(delivery.sid, 'waiting', attempts)
      await post.world.clock.advance(160_000)
    }

    expect(await post.becomes(delivery.sid, 'dead', 4)).toMatchObject({ last_status: 504, last_error: 'The receiver answered 504' })
    const { all } = receiver.received
    expect(all.map(({ parameters }) => parameters['RetryCount'])).toEqual(['0', '1', '2', '3'])
    expect(new Set(all.map(({ headers }) => headers['i-twilio-idempotency-token']))).toEqual(new Set([delivery.idempotency_token]))
    const attempts = await post.world.store.read.deliveries.attemptsOf(delivery.sid)
    expect(attempts.map(({ response_status }) => response_status)).toEqual([500, 429, 503, 504])
  })

  it('wait as long as the receiver asks for', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    receiver.answers((_, response) => response.writeHead(429, { 'retry-after': '120' }).end())
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)
    await post.becomes(delivery.sid, 'waiting', 1)
    const [job] = await sideways(post.world.place.address, 'select run_at from jobs')
    expect(Number(job?.['run_at']) - post.world.clock.now()).toBeGreaterThan(110_000)
  })

  it.each([
    [301, 'The receiver answered 301; redirects are not followed'],
    [404, 'The receiver answered 404'],
  ])('are over when the answer is %s', async (status, last_error) => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    receiver.answers((_, response) => response.writeHead(status, { location: `${receiver.url}/elsewhere` }).end())
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)

    expect(await post.becomes(delivery.sid, 'failed', 1)).toMatchObject({ last_status: status, last_error })
    expect(receiver.received.all).toHaveLength(1)
  })

  it('to a receiver that is down, hangs, resets or talks nonsense are tried again; others get theirs meanwhile', async () => {
    await using post = await Post.open(kind)
    await using good = await startHttpReceiver()
    await using hanging = await startHttpReceiver()
    hanging.answers(hang)
    await using resetting = await startHttpReceiver()
    resetting.answers((_, __, request) => request.socket.resetAndDestroy())
    const nonsense = createServer((socket) => socket.end('<html>what?</html>')).listen(0, '127.0.0.1')
    await new Promise((resolve) => nonsense.once('listening', resolve))
    const { port } = nonsense.address() as { port: number }

    const bad = ['http://127.0.0.1:1/', resetting.url, `http://127.0.0.1:${port}`, hanging.url].map((url, n) =>
      post.delivery(url, { webhook_sid: `WH${n}` }),
    )
    const fine = post.delivery(good.url, { webhook_sid: 'WH9' })
    await post.send(...bad, fine)

    await post.becomes(fine.sid, 'delivered')
    await hanging.received.first('the request that hangs', () => true)
    const errors = bad.map(async ({ sid }) => (await post.becomes(sid, 'waiting', 1)).last_error)
    // Otherwise those that are not done with yet would be late as well.
    await Promise.all(errors.slice(0, -1))
    await post.pacing.advance(15_000)
    expect(await Promise.all(errors)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      expect.stringMatching(/ECONNRESET|other side closed/i),
      expect.stringMatching(/HPE_INVALID|protocol/),
      'No answer within 15 s',
    ])
    nonsense.close()
  })

  it('that cannot be signed are tried again, are dead in the log, and go out when they are asked for after that is mended', async () => {
    await using post = await Post.open(kind, { settings: { PARLEY_WEBHOOK_RETRIES: '1' } })
    await using receiver = await startHttpReceiver()
    const { world } = post
    const signBy = (token: string) => sideways(world.place.address, `update accounts set auth_token = '${token}'`)
    await signBy('of another key')
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)
    await post.becomes(delivery.sid, 'waiting', 1)
    await world.clock.advance(10_000)
    expect((await post.becomes(delivery.sid, 'dead', 2)).last_error).toMatch(/could not be signed/)
    expect(receiver.connections()).toBe(0)

    await signBy(vault.lock(authToken))
    await replayDelivery(world as unknown as Context, world.service_sid, delivery.sid)
    await post.becomes(delivery.sid, 'delivered', 3)
  })

  it('to where a receiver has moved do not wait for where it was', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    const [before, after] = [post.delivery('http://127.0.0.1:1/'), post.delivery(receiver.url)]
    await post.send(before)
    await post.becomes(before.sid, 'waiting', 1)
    await post.send(after)
    await post.becomes(after.sid, 'delivered', 1)
    expect(await post.world.store.read.deliveries.find(before.sid)).toMatchObject({ state: 'waiting', attempts: 1 })
  })

  it('go to one host no more at a time than the setting says', async () => {
    await using post = await Post.open(kind, { settings: { PARLEY_WEBHOOK_CONCURRENCY: '2' } })
    await using receiver = await startHttpReceiver()
    const held: (() => void)[] = []
    receiver.answers((_, response) => held.push(() => response.end()))
    const deliveries = Array.from({ length: 5 }, (_, n) => post.delivery(receiver.url, { webhook_sid: `WH${n}` }))
    await post.send(...deliveries)

    for (let answered = 0; answered < deliveries.length; answered++) {
      const atATime = Math.min(2, deliveries.length - answered)
      await eventually('as many as may be', () => receiver.received.all.length === answered + atATime || undefined)
      held[answered]?.()
    }
    for (const { sid } of deliveries) await post.becomes(sid, 'delivered')
  })

  it('are delivered when the answer is much longer than anybody reads; the log keeps its beginning, and no secrets', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    receiver.answers((_, response) => {
      response.on('error', () => {})
      response.writeHead(200, { 'set-cookie': 'session=hunter2' }).end('nul \0 and more '.repeat(700_000))
    })
    const delivery = post.delivery(receiver.url.replace('http://', 'http://me:hunter2@'))
    await post.send(delivery)

    await post.becomes(delivery.sid, 'delivered', 1)
    const [attempt] = await post.world.store.read.deliveries.attemptsOf(delivery.sid)
    expect(attempt?.response_body).toMatch(/^nul . and more/)
    expect(attempt?.response_body).toHaveLength(2_000)
    expect(JSON.stringify(attempt)).not.toMatch(/hunter2|bWU6/)
    expect(receiver.received.all[0]?.headers.authorization).toBe(`Basic ${btoa('me:hunter2')}`)
  })

  it('go to no private address unless it is allowed, whatever its name', async () => {
    await using post = await Post.open(kind, { loopback: false })
    await using receiver = await startHttpReceiver()
    const deliveries = [
      receiver.url,
      receiver.url.replace('127.0.0.1', 'localhost'),
      'http://[::ffff:127.0.0.1]',
      'http://169.254.169.254/',
    ].map((url, n) => post.delivery(url, { webhook_sid: `WH${n}` }))
    await post.send(...deliveries)

    for (const { sid } of deliveries) expect((await post.becomes(sid, 'failed')).last_error).toContain('PARLEY_ALLOWED_TARGETS')
    expect(receiver.connections()).toBe(0)
  })

  it('are in the log for as long as it is kept; what could not be delivered by then is given up', async () => {
    await using post = await Post.open(kind)
    await using receiver = await startHttpReceiver()
    const { world } = post
    const gone = post.delivery(receiver.url)
    await post.send(gone)
    await post.becomes(gone.sid, 'delivered')
    receiver.answers((_, response) => response.writeHead(503, { 'retry-after': '3600' }).end())
    const stuck = post.delivery(receiver.url)
    await post.send(stuck)
    await post.becomes(stuck.sid, 'waiting', 1)
    expect(await forgetDeliveries(world, 60_000)).toBe(false)
    expect(await world.store.read.deliveries.find(gone.sid)).toBeDefined()

    await world.clock.advance(60_001)
    const young = post.delivery(receiver.url, { conversation_sid: null })
    await post.send(young)
    await post.becomes(young.sid, 'waiting', 1)
    expect(await forgetDeliveries(world, 60_000)).toBe(false)

    const rows = (table: string, sid: string) => sideways(world.place.address, `select ${sid} as sid from ${table}`)
    expect(await rows('webhook_deliveries', 'sid')).toEqual([{ sid: young.sid }])
    expect(await rows('webhook_attempts', 'delivery_sid')).toEqual([{ sid: young.sid }])
    expect(await rows('jobs', 'sid')).toEqual([{ sid: `JB${young.sid.slice(2)}` }])
  })

  it('that are under way when the server stops are broken off after a while, and sent after the next start', async () => {
    await using receiver = await startHttpReceiver()
    receiver.answers(hang)
    await using post = await Post.open(kind)
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)
    await receiver.received.first('the request', () => true)

    const closing = Promise.all([post.door.close()])
    await post.pacing.advance(2_000)
    await closing

    expect(await post.world.store.read.deliveries.find(delivery.sid)).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(await sideways(post.world.place.address, 'select state, attempts from jobs')).toEqual([{ state: 'waiting', attempts: 0 }])
  })
})

describe.each(Object.entries(threads))('webhooks before an action, asked by %s', (_, callingThread) => {
  /** For those that ask once, each a receiver of its own. */
  let shared: Post
  beforeAll(async () => {
    shared = await Post.open('sqlite', { callingThread })
  })
  afterAll(() => shared?.[Symbol.asyncDispose]())

  let questions = 0
  const asked = async (receiver: HttpReceiver) => {
    const url = `${receiver.url}/${++questions}`
    return { answer: await shared.door.caller.ask(shared.question(url)), row: await shared.logged(url) }
  }

  it.each([
    ['nothing', '', 'text/plain', { kind: 'passed' }],
    ['an empty object', '{}', 'application/json', { kind: 'passed' }],
    ['what frameworks say', 'OK', 'text/plain', { kind: 'passed' }],
    ['changes', '{"body":"call [removed]"}', 'application/json', { kind: 'passed', changes: { body: 'call [removed]' } }],
    ['no JSON where JSON is promised', '<html>', 'application/json; charset=utf-8', { kind: 'failed', reason: 'answer' }],
    ['a list', '[1]', 'application/json', { kind: 'failed', reason: 'answer' }],
    ['far too much', ' {"a":1}'.repeat(20_000), 'application/json', { kind: 'failed', reason: 'answer' }],
    ['changes behind a byte order mark', '\uFEFF{"body":"é"}', 'application/json', { kind: 'passed', changes: { body: 'é' } }],
    ['Latin-1', Buffer.from('{"body":"é"}', 'latin1'), 'application/json;charset=ISO-8859-1', { kind: 'passed', changes: { body: 'é' } }],
    ['a character set that is none', '{"body":"é"}', 'application/json; charset="x-none"', { kind: 'passed', changes: { body: 'é' } }],
    ['what nobody asked to be compressed', gzipSync('{"body":"é"}'), 'text/plain', { kind: 'failed', reason: 'answer' }],
  ])('that are answered with %s', async (_, body, type, expected) => {
    await using receiver = await startHttpReceiver()
    receiver.answers((_, response) => {
      response.on('error', () => {})
      const isCompressed = typeof body !== 'string' && body[0] === 0x1f
      response.writeHead(200, { 'content-type': type, ...(isCompressed ? { 'content-encoding': 'gzip' } : {}) }).end(body)
    })
    const { answer, row } = await asked(receiver)
    expect(answer).toEqual(expected)
    expect(row).toMatchObject({ phase: 'pre', event_type: 'onMessageAdd', state: answer.kind === 'failed' ? 'failed' : 'delivered' })
    expect(receiver.received.all[0]?.parameters).toEqual({ RetryCount: '0' })
  })

  it.each([403, 500, 302])('are a refusal when the answer is %s', async (status) => {
    await using receiver = await startHttpReceiver()
    receiver.answers((_, response) => response.writeHead(status, { location: '/' }).end('because'))
    expect((await asked(receiver)).answer).toEqual({ kind: 'rejected', status, body: 'because' })
  })

  it.each(databaseKinds)('that nobody answers in time, or at all, say so, and are in the log on %s', async (kind) => {
    await using post = await Post.open(kind, { callingThread })
    await using receiver = await startHttpReceiver()
    receiver.answers(hang)
    const asking = post.door.caller.ask(post.question(receiver.url))
    await receiver.received.first('the question', () => true)
    await post.pacing.advance(5_000)
    expect(await asking).toEqual({ kind: 'failed', reason: 'timeout' })
    const { sid, ...row } = await post.logged(receiver.url)
    expect(row).toMatchObject({ state: 'failed', last_error: 'No answer within 5 s' })
    const attempt = await eventually('its attempt', async () => (await post.world.store.read.deliveries.attemptsOf(sid)).at(0))
    expect(JSON.parse(attempt.request_headers)).toMatchObject({ 'i-twilio-idempotency-token': row.idempotency_token })

    await receiver.close()
    expect(await post.door.caller.ask(post.question(receiver.url))).toEqual({ kind: 'failed', reason: 'connection' })
    expect(await post.door.caller.ask(post.question('http://10.0.0.1/'))).toEqual({ kind: 'failed', reason: 'refused' })
    expect(await post.door.caller.ask(post.question('ftp://example.org'))).toEqual({ kind: 'failed', reason: 'refused' })
  })

  it('go where the operator allows, and nowhere else', async () => {
    await using post = await Post.open('sqlite', { callingThread, loopback: false, allowed: ['localhost', '::1/128'] })
    await using receiver = await startHttpReceiver()
    const answer = (url: string) => post.door.caller.ask(post.question(url))
    expect(await answer(receiver.url.replace('127.0.0.1', 'localhost'))).toEqual({ kind: 'passed' })
    expect(await answer(receiver.url)).toEqual({ kind: 'failed', reason: 'refused' })
    // Nobody listens there.
    expect(await answer('http://[::1]:1/')).toEqual({ kind: 'failed', reason: 'connection' })
    expect(await answer('http://[::2]:1/')).toEqual({ kind: 'failed', reason: 'refused' })
  })

  it('are no question passed over when the server stops meanwhile: nobody does what was asked about', async () => {
    await using post = await Post.open('sqlite', { callingThread })
    await using receiver = await startHttpReceiver()
    receiver.answers(hang)
    const refused = expect(acting(post, receiver.url)).rejects.toMatchObject({ reason: 'unavailable' })
    await receiver.received.first('the question', () => true)
    const closing = post.door.close()
    await post.pacing.advance(2_000)
    await closing
    await refused
  })

  it('do not wait for each other: while a thousand hang, another is answered', async () => {
    // However long a thousand questions take, none runs out before it is asked.
    const pacing = createClock(() => 1_000_000)
    await using post = await Post.open('sqlite', { callingThread, pacing })
    await using receiver = await startHttpReceiver()
    receiver.answers(({ path }, response) => void (path === '/fast' && response.end()))
    const hanging = Array.from({ length: 1_000 }, () => post.door.caller.ask(post.question(receiver.url)))
    await eventually('all to be asked', () => receiver.received.all.length === 1_000 || undefined)

    expect(await post.door.caller.ask(post.question(`${receiver.url}/fast`))).toEqual({ kind: 'passed' })

    await pacing.advance(7_000)
    expect(new Set((await Promise.all(hanging)).map(({ kind }) => kind))).toEqual(new Set(['failed']))
  })
})

it.each([
  ['proceed', { null: 'done', true: 'refused', false: 'done' }],
  ['refuse', { null: 'refused', true: 'refused', false: 'done' }],
])(
  'what nobody answers is done or refused as the configuration says; as the setting says (%s) where that says nothing',
  async (setting, expected) => {
    await using post = await Post.open('sqlite', { settings: { PARLEY_WEBHOOK_WITHOUT_ANSWER: setting }, callingThread: null })
    const outcome = (fail_closed: boolean | null) =>
      acting(post, 'http://127.0.0.1:1/', fail_closed).then(
        () => 'done',
        ({ reason }) => (reason === 'webhook-failed' ? 'refused' : reason),
      )
    expect({ null: await outcome(null), true: await outcome(true), false: await outcome(false) }).toEqual(expected)
  },
)

describe('a thread that calls receivers and falls over', () => {
  /** Falls over the first time that it is asked for something, and is as it should be from then on. */
  const fallingOver = (marker: string) =>
    new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { existsSync, writeFileSync } from 'node:fs'
      import { parentPort } from 'node:worker_threads'
      if (existsSync('${marker}')) await import('${thread}')
      else parentPort.once('message', () => {
        writeFileSync('${marker}', '')
        throw new Error('It fell over')
      })`)}`,
    )

  it('takes its calls along, which the log of the server tells; another goes on, and loses nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-thread-'))
    await using post = await Post.open('sqlite', { callingThread: fallingOver(join(folder, 'fell')) })
    await using receiver = await startHttpReceiver()
    const delivery = post.delivery(receiver.url)
    await post.send(delivery)

    expect(await post.becomes(delivery.sid, 'waiting', 1)).toMatchObject({ last_error: 'The thread that calls receivers has stopped' })
    expect(post.world.log.lines.map(({ fields }) => fields['err'])).toContainEqual(expect.objectContaining({ message: 'It fell over' }))
    expect(await post.door.caller.ask(post.question(receiver.url))).toEqual({ kind: 'passed' })
    await post.world.clock.advance(20_000)
    await post.becomes(delivery.sid, 'delivered', 2)
    rmSync(folder, { recursive: true })
  })
  it('or cannot be started is no answer either, and does not end the server', async () => {
    // No thread is started from there, as none is where the system has no more.
    await using post = await Post.open('sqlite', { callingThread: new URL('http://127.0.0.1/') })
    expect(await post.door.caller.ask(post.question('http://127.0.0.1:1/'))).toEqual({ kind: 'failed', reason: 'connection' })
    expect(post.world.log.lines.map(({ text }) => text)).toContainEqual(expect.stringContaining('could not be started'))
  })
})
