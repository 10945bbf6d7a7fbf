import { describe, expect, it } from 'vitest'
import { createOutwardGuard, readTarget, TargetRefused } from './outward-guard.ts'

const allow = (...texts: string[]) => texts.map((text) => readTarget(text)!)

/** Whether a URL's host may be connected to, when names lead to these addresses. */
async function reaches(
  url: string,
  options: { allowed?: string[]; loopback?: boolean; names?: Record<string, string[]> } = {},
): Promise<boolean> {
  const guard = createOutwardGuard({
    allowed: allow(...(options.allowed ?? [])),
    loopback: options.loopback ?? false,
    resolve: (hostname, _, callback) =>
      callback(
        null,
        (options.names?.[hostname] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  })
  const { hostname } = new URL(url)
  try {
    guard.assertHost(hostname)
    if (/^[\d.]+$|^\[/.test(hostname)) return true
    return await new Promise((resolve, reject) => guard.lookup(hostname, {}, (error) => (error ? reject(error) : resolve(true))))
  } catch (error) {
    expect(error).toBeInstanceOf(TargetRefused)
    return false
  }
}

describe('requests to addresses that others have chosen', () => {
  it.each(['http://93.184.216.34', 'https://[2606:2800:220:1::1]/'])('go to a public one: %s', async (url) => {
    expect(await reaches(url)).toBe(true)
  })

  it.each([
    'http://127.0.0.1',
    'http://127.1.2.3',
    'http://0.0.0.0',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://10.1.2.3',
    'http://172.16.0.1',
    'http://192.168.0.1',
    'http://169.254.169.254/latest/meta-data',
    'http://168.63.129.16',
    'http://100.100.100.200',
    'http://192.0.0.192',
    'http://198.18.0.1',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://240.0.0.1',
    'http://[::]',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:10.0.0.1]',
    'http://[::127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://[2002:7f00:1::]',
    'http://[2001:0:7f00:1::]',
    'http://[fe80::1]',
    'http://[fec0::1]',
    'http://[fd00:ec2::254]',
    'http://[ff02::1]',
    'http://[100::1]',
    'http://[2001:db8::1]',
  ])('do not go to %s', async (url) => {
    expect(await reaches(url)).toBe(false)
  })

  it('go by what a name leads to, not by the name', async () => {
    const names = {
      'public.example': ['93.184.216.34'],
      'rebound.example': ['127.0.0.1', '::1'],
      'mixed.example': ['10.0.0.1', '93.184.216.34'],
    }
    expect(await reaches('http://public.example', { names })).toBe(true)
    expect(await reaches('http://rebound.example', { names })).toBe(false)
    expect(await reaches('http://mixed.example', { names })).toBe(true)
    const guard = createOutwardGuard({
      allowed: [],
      loopback: false,
      resolve: (hostname, _, callback) =>
        callback(
          null,
          names[hostname as 'mixed.example'].map((address) => ({ address, family: 4 })),
        ),
    })
    const found = await new Promise((resolve) => guard.lookup('mixed.example', { all: true }, (_, addresses) => resolve(addresses)))
    expect(found).toEqual([{ address: '93.184.216.34', family: 4 }])
  })

  it('ask for a name once at a time, however many wait for it, and anew after that; other names are asked for meanwhile', () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const { lookup } = createOutwardGuard({
      allowed: [],
      loopback: false,
      resolve: (hostname, _, callback) => {
        asked.push(hostname)
        answers.push(() => callback(null, [{ address: hostname === 'silent.example' ? '10.0.0.1' : '93.184.216.34', family: 4 }]))
      },
    })
    const told: (string | undefined)[] = []
    const look = (hostname: string) => lookup(hostname, {}, (error, address) => told.push(error?.name ?? String(address)))
    for (const hostname of ['silent.example', 'silent.example', 'other.example', 'silent.example']) look(hostname)
    expect(asked).toEqual(['silent.example', 'other.example'])
    answers[1]?.()
    expect(told).toEqual(['93.184.216.34'])
    answers[0]?.()
    expect(told.slice(1)).toEqual(['TargetRefused', 'TargetRefused', 'TargetRefused'])
    look('silent.example')
    expect(asked).toHaveLength(3)
  })

  it('go to this machine when somebody develops on it, and no further', async () => {
    expect(await reaches('http://127.0.0.1', { loopback: true })).toBe(true)
    expect(await reaches('http://[::1]', { loopback: true })).toBe(true)
    expect(await reaches('http://localhost', { loopback: true, names: { localhost: ['::1', '127.0.0.1'] } })).toBe(true)
    expect(await reaches('http://10.0.0.1', { loopback: true })).toBe(false)
    expect(await reaches('http://169.254.169.254', { loopback: true })).toBe(false)
  })

  it('go where the operator allows: a network, an address, a host by its name', async () => {
    const allowed = ['10.1.0.0/16', '192.168.7.7', 'fd12::/32', 'Hooks.Internal']
    expect(await reaches('http://10.1.255.1', { allowed })).toBe(true)
    expect(await reaches('http://[::ffff:10.1.0.1]', { allowed })).toBe(true)
    expect(await reaches('http://10.2.0.1', { allowed })).toBe(false)
    expect(await reaches('http://192.168.7.7', { allowed })).toBe(true)
    expect(await reaches('http://192.168.7.8', { allowed })).toBe(false)
    expect(await reaches('http://[fd12:0:1::1]', { allowed })).toBe(true)
    const names = { 'hooks.internal': ['172.20.0.5'], 'other.internal': ['172.20.0.5'] }
    expect(await reaches('http://hooks.internal', { allowed, names })).toBe(true)
    expect(await reaches('http://other.internal', { allowed, names })).toBe(false)
  })

  it.each(['', '10.0.0.0/33', '10.0.0/8', '10.0.0.1/-1', '1', 'http://host', 'host:80', 'a..b', '-a', '256.1.1.1', 'fd00::/129'])(
    'are allowed by no such words: %j',
    (text) => {
      expect(readTarget(text)).toBeUndefined()
    },
  )
})
