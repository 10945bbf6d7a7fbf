import { mutationCapability, repeatedSendCapability, startCapability } from '@parley/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection, type ConnectionDetails, type UpstreamRequest } from './connection.ts'
import type { ConnectionError } from './errors.ts'
import { FakeServer } from './testing/fake-server.ts'

const retryPolicy = { min: 1_000, max: 120_000, randomness: 0.2 }

function start({ token = 'first', server = new FakeServer() } = {}) {
  const states: ConnectionDetails[] = []
  const errors: ConnectionError[] = []
  const notified: unknown[] = []
  const told = { connected: 0, expiring: 0 }
  const connection = new Connection(
    token,
    { url: 'ws://parley.test/v3/wsconnect', webSocket: server.webSocket, metadata: {}, registrations: [], tweaks: null, retryPolicy },
    {
      stateChanged: (details) => states.push(details),
      connected: () => told.connected++,
      notified: (type, payload) => notified.push([type, payload]),
      tokenAboutToExpire: () => told.expiring++,
      failed: (error) => errors.push(error),
    },
  )
  connection.open()
  const story = () => states.map(({ state }) => state).filter((state, at, all) => state !== all[at - 1])
  return { connection, server, states, errors, notified, told, story }
}

const request = (method: UpstreamRequest['method'], repeat: UpstreamRequest['repeat']): UpstreamRequest => ({
  method,
  host: 'aim.us1',
  path: '/Client/v2/Something',
  params: {},
  headers: {},
  body: '',
  contentType: 'application/json',
  repeat,
})

/** A page around the client, which the test makes say things. */
function pageOf() {
  const all = new Map<string, Set<() => void>>()
  const addEventListener = (name: string, listener: () => void) => void all.set(name, (all.get(name) ?? new Set()).add(listener))
  const removeEventListener = (name: string, listener: () => void) => void all.get(name)?.delete(listener)
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener, removeEventListener })
  vi.stubGlobal('addEventListener', addEventListener)
  vi.stubGlobal('removeEventListener', removeEventListener)
  return {
    tell: (name: string) => {
      for (const listener of all.get(name) ?? []) listener()
    },
    listeners: () => [...all.values()].reduce((sum, listeners) => sum + listeners.size, 0),
  }
}

const soon = () => vi.advanceTimersByTimeAsync(0)
const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: { reason?: string; message: string }) => ({ reason: error.reason ?? error.message }),
  )

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a connection', () => {
  it('opens one socket, says who it is, and is connected', async () => {
    const { server, story, told } = start()
    await soon()
    expect(story()).toEqual(['connecting', 'connected'])
    expect(told.connected).toBe(1)
    expect(server.sockets).toHaveLength(1)
    expect(server.frames('init')[0]).toMatchObject({
      token: 'first',
      continuation_token: null,
      capabilities: expect.arrayContaining([startCapability]),
    })
  })

  it('tries again with pauses that double, and says when', async () => {
    const server = new FakeServer()
    server.opens = false
    const { connection, story, errors } = start({ server })
    const pauses: number[] = []
    for (let tries = 0; tries < 9; tries++) {
      await soon()
      const wait = (connection.details.nextTryAt as Date).getTime() - Date.now()
      pauses.push(wait)
      expect(connection.details).toMatchObject({ state: 'retrying', reason: 'The server cannot be reached', failures: tries + 1 })
      await after(wait)
    }
    expect(story()).toEqual(['connecting', 'retrying'])
    expect(errors.map(({ isUnreachable, terminal }) => [isUnreachable, terminal])).toEqual(Array(10).fill([true, false]))
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000])
    server.opens = true
    await after(120_000)
    expect(connection.state).toBe('connected')
    expect(connection.details.failures).toBe(0)
  })

  it.each([
    [0, 800],
    [0.5, 1_000],
    [1, 1_200],
  ])('moves its pauses by chance (%f), so that clients that fell together do not come back together', async (chance, wait) => {
    const server = new FakeServer()
    server.opens = false
    vi.mocked(Math.random).mockReturnValue(chance)
    const { connection } = start({ server })
    await soon()
    expect((connection.details.nextTryAt as Date).getTime() - Date.now()).toBe(wait)
  })

  it('comes back with its continuation token when the socket breaks', async () => {
    const { server, story } = start()
    await soon()
    server.socket.cut()
    await after(1_000)
    expect(story()).toEqual(['connecting', 'connected', 'connecting', 'connected'])
    expect(server.frames('init').map((frame) => frame['continuation_token'])).toEqual([null, 'CT1'])
  })

  it('never has two sockets', async () => {
    const { connection, server } = start()
    await soon()
    for (const token of ['a', 'b', 'c']) void connection.updateToken(token).catch(() => {})
    server.socket.cut()
    void connection.updateToken('d').catch(() => {})
    void connection.updateToken('e').catch(() => {})
    await after(10_000)
    expect(server.sockets.filter(({ isClosed }) => !isClosed)).toHaveLength(1)
  })

  describe('refused', () => {
    it('with 401 is denied, with the reason and the number, and waits for a token', async () => {
      const server = new FakeServer()
      server.refusal = { status: { code: 401, description: 'Access Token expired', errorCode: 20104 } }
      const { connection, errors } = start({ server })
      await soon()
      expect(connection.details).toMatchObject({
        state: 'denied',
        reason: 'Access Token expired',
        code: 20104,
        httpStatusCode: 401,
        nextTryAt: null,
      })
      expect(errors).toMatchObject([{ terminal: true, errorCode: 20104 }])
      await after(600_000)
      expect(server.sockets).toHaveLength(1)

      server.refusal = undefined
      await connection.updateToken('second')
      expect(connection.state).toBe('connected')
      expect(server.frames('init').at(-1)).toMatchObject({ token: 'second' })
    })

    it('with 429 waits as long as the server asks', async () => {
      const server = new FakeServer()
      server.refusal = { status: { code: 429, description: 'Too fast' }, payload: { backoff_policy: { reconnect_min_ms: 3_000 } } }
      const { connection } = start({ server })
      await soon()
      expect((connection.details.nextTryAt as Date).getTime() - Date.now()).toBe(3_000)
      server.refusal = undefined
      await after(3_000)
      expect(connection.state).toBe('connected')
    })

    it('by silence tries again', async () => {
      const server = new FakeServer()
      server.received = () => {}
      const { connection, errors } = start({ server })
      await after(30_000)
      expect(errors.map(({ message }) => message)).toEqual(['The server does not answer'])
      expect(connection.state).toBe('connecting')
    })
  })

  describe('with a new token', () => {
    it('says so on the same socket', async () => {
      const { connection, server } = start()
      await soon()
      await connection.updateToken('second')
      expect(server.frames('update')).toMatchObject([{ token: 'second' }])
      expect(server.sockets).toHaveLength(1)
    })

    it('that is the old one does nothing', async () => {
      const { connection, server } = start()
      await soon()
      await connection.updateToken('first')
      expect(server.frames('update')).toEqual([])
    })

    it('that is refused rejects, is denied, and heals with the next one', async () => {
      const { connection, server } = start()
      await soon()
      server.refusal = { status: { code: 403, description: 'Another identity', errorCode: 51131 } }
      await expect(connection.updateToken('foreign')).rejects.toThrow('Another identity')
      expect(connection.state).toBe('denied')
      server.refusal = undefined
      await connection.updateToken('good')
      expect(connection.state).toBe('connected')
    })

    it('that is refused for a while comes back with it', async () => {
      const { connection, server } = start()
      await soon()
      server.refusal = { status: { code: 503, description: 'Not now' } }
      await expect(connection.updateToken('second')).rejects.toThrow('Not now')
      server.refusal = undefined
      await after(1_000)
      expect(connection.state).toBe('connected')
      expect(server.frames('init').at(-1)).toMatchObject({ token: 'second' })
    })

    it('that crosses a breaking connection arrives with the next one', async () => {
      const { connection, server } = start()
      await soon()
      const received = server.received.bind(server)
      server.received = () => {}
      const update = connection.updateToken('second')
      server.received = received
      server.socket.cut()
      await after(1_000)
      await expect(update).resolves.toBeUndefined()
      expect(server.frames('init').at(-1)).toMatchObject({ token: 'second' })
    })
  })

  describe('closed by the server', () => {
    it.each([
      [308, 'connecting'],
      [401, 'denied'],
      [406, 'disconnected'],
      [410, 'denied'],
      [417, 'disconnected'],
      [500, 'connecting'],
    ])('with %i is %s', async (code, state) => {
      const { connection, server } = start()
      await soon()
      server.socket.say({ id: 'TM9', method: 'close', status: { code, description: 'Because' } })
      expect(connection.details).toMatchObject({ state, reason: 'Because' })
      await connection.updateToken('second')
      expect(connection.state).toBe('connected')
    })
  })

  describe('half open', () => {
    it('is found out by a ping, and replaced', async () => {
      const server = new FakeServer()
      server.capabilities = [startCapability]
      const { connection } = start({ server })
      await soon()
      server.socket.cut({ silently: true })
      await after(30_000 + 10_000)
      expect(connection.details.reason).toBe('The server does not answer')
      await after(1_000)
      expect(connection.state).toBe('connected')
      expect(server.sockets).toHaveLength(2)
    })

    it('is not suspected while the server talks', async () => {
      const server = new FakeServer()
      server.capabilities = [startCapability]
      const { connection } = start({ server })
      await soon()
      for (let minute = 0; minute < 10; minute++) {
        await after(20_000)
        server.socket.notify('anything', {})
      }
      expect(server.frames('ping')).toEqual([])
      expect(connection.state).toBe('connected')
    })

    it('is asked when the page is looked at again', async () => {
      const page = pageOf()
      const server = new FakeServer()
      server.capabilities = [startCapability]
      const { connection } = start({ server })
      await soon()
      page.tell('visibilitychange')
      expect(server.frames('ping')).toHaveLength(1)
      await connection.close()
      expect(page.listeners()).toBe(0)
    })
  })

  describe('in a page', () => {
    it('lets go when the network goes, and comes back with it at once', async () => {
      const page = pageOf()
      const { connection, server } = start()
      await soon()
      vi.stubGlobal('navigator', { onLine: false })
      page.tell('offline')
      expect(connection.details).toMatchObject({ state: 'connecting', reason: 'The network is offline', nextTryAt: null })
      await after(600_000)
      expect(server.sockets).toHaveLength(1)
      vi.stubGlobal('navigator', { onLine: true })
      page.tell('online')
      await soon()
      expect(connection.state).toBe('connected')
    })
  })

  describe('requests', () => {
    it('wait while there is no connection, and are sent once, in their order', async () => {
      const server = new FakeServer()
      server.opens = false
      server.answer = ({ path }) => ({ body: { path } })
      const { connection } = start({ server })
      const answers = Promise.all([1, 2, 3].map((at) => connection.request({ ...request('POST', 'same-server'), path: `/${at}` })))
      await after(7_000)
      expect(server.requests).toEqual([])
      server.opens = true
      await after(8_000)
      expect((await answers).map(({ body }) => body)).toEqual([{ path: '/1' }, { path: '/2' }, { path: '/3' }])
      expect(server.requests.map(({ path }) => path)).toEqual(['/1', '/2', '/3'])
    })

    it('that only ask are asked again when the connection breaks', async () => {
      const { connection, server } = start()
      await soon()
      const answer = connection.request(request('GET', 'always'))
      server.socket.cut()
      server.answer = () => ({ body: { is: 'here' } })
      await after(1_000)
      expect((await answer).body).toEqual({ is: 'here' })
      expect(server.requests).toHaveLength(2)
    })

    it('that change something are sent again to the same server, which knows them', async () => {
      const server = new FakeServer()
      server.capabilities = [mutationCapability]
      const { connection } = start({ server })
      await soon()
      const answer = connection.request({ ...request('POST', 'same-server'), headers: { 'X-Twilio-Mutation-Id': 'one' } })
      server.socket.cut()
      server.answer = () => ({ status: 201, body: { is: 'made' } })
      await after(1_000)
      expect((await answer).body).toEqual({ is: 'made' })
      expect(server.requests.map(({ headers }) => headers['X-Twilio-Mutation-Id'])).toEqual(['one', 'one'])
    })

    it.each([
      ['another server', { name: 'server-2' }],
      ['a server that knows no mutation ids', { capabilities: [] }],
    ])('that change something are not sent again to %s: nobody knows whether they were done', async (_, change) => {
      const server = new FakeServer()
      server.capabilities = [mutationCapability]
      const { connection } = start({ server })
      await soon()
      const answer = outcomeOf(connection.request(request('POST', 'same-server')))
      server.socket.cut()
      Object.assign(server, change)
      await after(1_000)
      expect(await answer).toEqual({ reason: 'outcome-unknown' })
      expect(server.requests).toHaveLength(1)
    })

    it('that send a message are sent again to any server that knows what others have sent', async () => {
      const server = new FakeServer()
      server.capabilities = [mutationCapability, repeatedSendCapability]
      const { connection } = start({ server })
      await soon()
      const answer = connection.request({ ...request('POST', 'any-server'), headers: { 'X-Twilio-Mutation-Id': 'one' } })
      server.socket.cut()
      server.name = 'server-2'
      server.answer = () => ({ status: 201, body: { is: 'made' } })
      await after(1_000)
      expect((await answer).body).toEqual({ is: 'made' })
      expect(server.requests.map(({ headers }) => headers['X-Twilio-Mutation-Id'])).toEqual(['one', 'one'])
    })

    it('without an answer end after half a minute; the connection stays', async () => {
      const { connection } = start()
      await soon()
      const answer = outcomeOf(connection.request(request('GET', 'always')))
      await after(30_000)
      expect(await answer).toEqual({ reason: 'timeout' })
      expect(connection.state).toBe('connected')
    })

    it('that wait are bounded', async () => {
      const server = new FakeServer()
      server.opens = false
      const { connection } = start({ server })
      for (let at = 0; at < 1_000; at++) void connection.request(request('GET', 'always')).catch(() => {})
      await expect(connection.request(request('GET', 'always'))).rejects.toMatchObject({ reason: 'too-many-waiting' })
      await connection.close()
    })
  })

  describe('a thousand times', () => {
    it('made and shut down, leaves no listener and no timer behind', async () => {
      const page = pageOf()
      for (let round = 0; round < 1_000; round++) {
        const { connection } = start()
        await soon()
        await connection.close()
      }
      expect([page.listeners(), vi.getTimerCount()]).toEqual([0, 0])
    })

    it('broken and back, has the listeners and timers of one connection, and no socket that is let go of says anything', async () => {
      const page = pageOf()
      const server = new FakeServer()
      server.capabilities = [startCapability]
      const { connection, notified } = start({ server })
      await soon()
      const before = [page.listeners(), vi.getTimerCount()]
      for (let round = 0; round < 1_000; round++) {
        const answer = connection.request(request('GET', 'always'))
        server.socket.cut()
        server.answer = () => ({})
        await after(1_000)
        await answer
        server.answer = () => undefined
      }
      expect(server.sockets).toHaveLength(1_001)
      expect([page.listeners(), vi.getTimerCount()]).toEqual(before)
      for (const socket of server.sockets.slice(0, -1)) {
        socket.isClosed = false
        socket.notify('late', {})
      }
      expect(notified).toEqual([])
      await connection.close()
      expect([page.listeners(), vi.getTimerCount()]).toEqual([0, 0])
    })
  })

  describe('shut down', () => {
    it('says goodbye, ends what waits, and leaves no timer behind', async () => {
      const { connection, server, story } = start()
      await soon()
      const answer = outcomeOf(connection.request(request('GET', 'always')))
      await connection.close()
      expect(story().slice(-2)).toEqual(['disconnecting', 'disconnected'])
      expect(server.frames('close')).toHaveLength(1)
      expect(await answer).toEqual({ reason: 'shut-down' })
      await expect(connection.updateToken('second')).rejects.toMatchObject({ reason: 'shut-down' })
      await expect(connection.request(request('GET', 'always'))).rejects.toMatchObject({ reason: 'shut-down' })
      await after(60_000)
      expect(vi.getTimerCount()).toBe(0)
      expect(server.sockets).toHaveLength(1)
    })
  })

  it('acknowledges what an original server says, and not what ours says', async () => {
    const original = start()
    await soon()
    original.server.socket.notify('twilio.ipmsg.typing_indicator', {})
    expect(original.server.frames('reply')).toHaveLength(1)

    const server = new FakeServer()
    server.capabilities = [startCapability]
    const ours = start({ server })
    await soon()
    ours.server.socket.notify('twilio.ipmsg.typing_indicator', { a: 1 })
    expect(ours.server.frames('reply')).toEqual([])
    expect(ours.notified).toEqual([['twilio.ipmsg.typing_indicator', { a: 1 }]])
  })

  it('drops what is no frame', async () => {
    const { connection, server } = start()
    await soon()
    for (const data of ['text', new ArrayBuffer(3), new TextEncoder().encode('TWILSOCK V3.0 9\r\nnot json!\r\n').buffer])
      server.socket.onmessage?.({ data } as never)
    expect(connection.state).toBe('connected')
  })
})
