import twilio from 'twilio'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { type Call, Receiver } from '../support/receiver.ts'
import { anotherAccount, ask, helper } from '../support/rest.ts'
import { eventually } from '../support/until.ts'

const enabled = { xTwilioWebhookEnabled: 'true' as const }

describe.each(databases)('the log of webhooks, on %s', (database) => {
  let parley: Parley
  let receiver: Receiver
  beforeAll(async () => {
    parley = await startParley({ database })
    receiver = await Receiver.open()
    await listen(`${receiver.url}/post`)
  })
  afterAll(async () => {
    await parley?.close()
    await receiver?.close()
  })
  beforeEach(() => {
    receiver.calls.forget()
    receiver.answer = () => ({})
  })

  const api = () => helper(parley).conversations.v1
  const listen = (postWebhookUrl: string, method: 'POST' | 'GET' = 'POST') =>
    api()
      .services(parley.credentials.service_sid)
      .configuration.webhooks()
      .update({ postWebhookUrl, method, filters: ['onMessageAdded', 'onMessageUpdated'] })
  const log = '/v1/Webhooks/Deliveries'
  const list = async (query: Record<string, string>, root = '/v1') => {
    const { json } = await ask(parley, `${root}/Webhooks/Deliveries?${new URLSearchParams(query)}`)
    return json.deliveries as { sid: string; state: string; event_type: string; attempts: number; parameters: Record<string, string> }[]
  }
  const withState = (conversation: string, State: string, count: number) =>
    eventually(`${count} ${State}`, async () => {
      const found = await list({ ConversationSid: conversation, State })
      return found.length === count ? found : undefined
    })
  const talk = async (...bodies: string[]) => {
    const { sid } = await api().conversations.create()
    for (const body of bodies)
      await api()
        .conversations(sid)
        .messages.create({ body, author: 'alice', ...enabled })
    return sid
  }

  it.each(['POST', 'GET'] as const)('the official validator accepts what is sent by %s', async (method) => {
    const configured = `${receiver.url.replace('://', '://hook:hunter2@')}/post/grüße?env=a%20b&it's=1&code=hunter2#fragment`
    await listen(configured, method)
    const sid = await talk('Café & crème: 1+1=2')
    const { headers, url, parameters } = await receiver.hears('onMessageAdded', (call) => call.method === method)
    const signature = String(headers['x-twilio-signature'])
    // What a GET brings stands in its URL.
    const valid = (body: string) =>
      method === 'POST'
        ? twilio.validateRequest(parley.credentials.auth_token, signature, url, { ...parameters, Body: body })
        : twilio.validateRequest(parley.credentials.auth_token, signature, url.replace('Caf', body.slice(0, 3)), {})
    expect(valid('Café & crème: 1+1=2')).toBe(true)
    expect(valid('Tea')).toBe(false)
    expect(headers.authorization).toBe(`Basic ${btoa('hook:hunter2')}`)

    // The log knows where it went, and not by which secrets.
    const [delivery] = await withState(sid, 'delivered', 1)
    const { text } = await ask(parley, `${log}/${delivery?.sid}`)
    expect(JSON.parse(text).target_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/post\/gr.*&code=hidden/)
    expect(text).not.toMatch(/hunter2|aG9vaz/)
    await listen(`${receiver.url}/post`)
  })

  it('has every call with its attempts, found by conversation, event, state and time, page by page', async () => {
    const sid = await talk('one', 'two', 'three')
    const [message] = await api().conversations(sid).messages.list()
    await api()
      .conversations(sid)
      .messages(message?.sid ?? '')
      .update({ body: 'edited', ...enabled })
    const delivered = await withState(sid, 'delivered', 4)
    expect(delivered.map(({ event_type }) => event_type)).toEqual([
      'onMessageUpdated',
      'onMessageAdded',
      'onMessageAdded',
      'onMessageAdded',
    ])
    expect(delivered.map(({ parameters }) => parameters['Body'])).toEqual(['edited', 'three', 'two', 'one'])
    expect(await list({ ConversationSid: sid, EventType: 'onMessageUpdated' })).toHaveLength(1)
    expect(await list({ ConversationSid: sid, EndDate: '2000-01-01' })).toEqual([])
    expect(await list({ ConversationSid: sid, StartDate: '2000-01-01', State: 'dead' })).toEqual([])
    expect((await list({})).length).toBeGreaterThanOrEqual(4)

    const first = await ask(parley, `${log}?ConversationSid=${sid}&PageSize=3`)
    const second = await ask(parley, first.json.meta.next_page_url)
    expect([...first.json.deliveries, ...second.json.deliveries].map(({ sid }: { sid: string }) => sid)).toEqual(
      delivered.map(({ sid }) => sid),
    )

    const { json } = await ask(parley, `${log}/${delivered[0]?.sid}`)
    expect(json).toMatchObject({
      phase: 'post',
      level: 'service',
      target_url: `${receiver.url}/post`,
      attempts: 1,
      last_status: 200,
      attempt_log: [{ retry_count: 0, response_status: 200, error: null, request_headers: { 'user-agent': 'Parley' } }],
    })
    expect(JSON.stringify(json)).not.toContain(parley.credentials.auth_token)
  })

  it('one is sent again with the same parameters and token, and counts on', async () => {
    const sid = await talk('again')
    const [delivery] = await withState(sid, 'delivered', 1)
    const { status, json } = await ask(parley, `${log}/${delivery?.sid}/Replay`, { method: 'POST' })
    expect({ status, state: json.state }).toEqual({ status: 200, state: 'waiting' })

    const ofThis = ({ parameters }: Call) => parameters['ConversationSid'] === sid
    const again = await receiver.hears('onMessageAdded', (call) => ofThis(call) && call.parameters['RetryCount'] === '1')
    const original = receiver.calls.all.find(ofThis)
    expect(again.headers['i-twilio-idempotency-token']).toBe(original?.headers['i-twilio-idempotency-token'])
    expect({ ...again.parameters, RetryCount: '0' }).toEqual(original?.parameters)
    expect((await withState(sid, 'delivered', 1))[0]).toMatchObject({ attempts: 2 })

    // Of many, those of a time, and of an event.
    const replay = async (form: Record<string, string>) =>
      (await ask(parley, `${log}/Replay`, { form: { ConversationSid: sid, State: 'delivered', ...form } })).json.replayed
    expect(await replay({ EndDate: '2000-01-01' })).toBe(0)
    expect(await replay({ StartDate: '2100-01-01' })).toBe(0)
    expect(await replay({ EventType: 'onMessageUpdated' })).toBe(0)
    expect(await replay({ StartDate: '2000-01-01', EndDate: '2100-01-01', EventType: 'onMessageAdded' })).toBe(1)
    expect((await withState(sid, 'delivered', 1))[0]).toMatchObject({ attempts: 3 })
  })

  it('what is dead is sent again all together, in order, when the receiver is back; a job that was given up can be run or discarded', async () => {
    receiver.answer = () => ({ status: 503 })
    const sid = await talk('one', 'two', 'three')
    await eventually('all to be dead', async () => {
      await parley.clock.advance(160_000)
      return (await list({ ConversationSid: sid, State: 'dead' })).length === 3 || undefined
    })
    const jobs = await eventually('three dead jobs', async () => {
      const { json } = await ask(parley, '/v1/Jobs')
      return json.jobs.length === 3 ? json.jobs : undefined
    })
    expect(jobs[0]).toMatchObject({ kind: 'webhook', state: 'dead', attempts: 4, last_error: 'The receiver answered 503' })
    expect((await ask(parley, '/metrics', { login: null })).text).toMatch(/parley_jobs\{state="dead"\} [1-9]/)

    receiver.answer = () => ({})
    receiver.calls.forget()
    expect((await ask(parley, `/v1/Jobs/${jobs[2].sid}`, { method: 'DELETE' })).status).toBe(204)
    expect((await ask(parley, `/v1/Jobs/${jobs[0].sid}/Run`, { method: 'POST' })).json).toMatchObject({ state: 'waiting', attempts: 0 })
    await withState(sid, 'delivered', 1)
    expect(await list({ ConversationSid: sid, State: 'failed' })).toMatchObject([{ parameters: { Body: 'three' } }])

    const replay = await ask(parley, `${log}/Replay`, { form: { ConversationSid: sid } })
    expect(replay.json).toEqual({ replayed: 1, more: false, after_sid: null })
    const failed = await ask(parley, `${log}/Replay`, { form: { ConversationSid: sid, State: 'failed' } })
    expect(failed.json).toEqual({ replayed: 1, more: false, after_sid: null })
    await withState(sid, 'delivered', 3)
    expect(receiver.calls.all.map(({ parameters }) => parameters['Body'])).toEqual(['one', 'two', 'three'])
    expect((await ask(parley, '/v1/Jobs')).json.jobs).toEqual([])
  })

  it('one that is given up while its receiver thinks about it stays given up', async () => {
    let release = () => {}
    const thinking = new Promise<void>((resolve) => {
      receiver.answer = () => {
        resolve()
        return new Promise((answer) => {
          release = () => answer({ status: 503 })
        })
      }
    })
    const sid = await talk('given up')
    await thinking
    const [delivery] = await withState(sid, 'waiting', 1)
    expect((await ask(parley, `/v1/Jobs/JB${delivery?.sid.slice(2)}`, { method: 'DELETE' })).status).toBe(204)
    release()
    const tried = await eventually('the attempt in the log', async () =>
      (await list({ ConversationSid: sid })).find((one) => one.attempts === 1),
    )
    expect(tried).toMatchObject({ state: 'failed', last_error: 'Given up by hand', last_status: 503 })
  })

  it('shows nothing of others', async () => {
    const sid = await talk('mine')
    const [delivery] = await withState(sid, 'delivered', 1)
    const stranger = await anotherAccount(parley)
    const { sid: other } = await api().services.create({ friendlyName: 'Other' })
    for (const path of [`/${delivery?.sid}`, `/${delivery?.sid}/Replay`]) {
      const method = path.endsWith('Replay') ? 'POST' : 'GET'
      expect((await ask(parley, log + path, { method, login: stranger })).status).toBe(404)
      expect((await ask(parley, `/v1/Services/${other}/Webhooks/Deliveries${path}`, { method })).status).toBe(404)
    }
    expect((await ask(parley, `${log}?ConversationSid=${sid}`, { login: stranger })).json.deliveries).toEqual([])
    expect(await list({ ConversationSid: sid }, `/v1/Services/${other}`)).toEqual([])
    expect((await ask(parley, `${log}/Replay`, { form: { State: 'delivered' }, login: stranger })).json.replayed).toBe(0)
    const job = `/v1/Jobs/JB${'0'.repeat(32)}`
    for (const asking of [{ method: 'GET' }, { method: 'DELETE' }]) expect((await ask(parley, job, asking)).status).toBe(404)
    expect((await ask(parley, `${job}/Run`, { method: 'POST' })).status).toBe(404)
    expect((await ask(parley, `${log}?State=lost`)).status).toBe(400)
  })
})
