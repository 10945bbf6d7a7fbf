import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import ipaddr from 'ipaddr.js'

/**
 * Where requests to addresses that others have chosen may go (webhooks §7.7). Whoever may configure a webhook must not reach what only this machine
 * can reach: its own ports, the network behind it, the metadata of its cloud. So an address has to be a public one, unless the operator allows it.
 *
 * What counts is the address that a connection is made to, after names were resolved: a name that points somewhere else the next moment changes
 * nothing.
 */
export interface OutwardGuard {
  /** @throws TargetRefused when the host of a URL is an address that may not be reached. Names are judged when they are resolved. */
  assertHost(hostname: string): void
  /** Resolves a name for a socket, to those of its addresses that may be reached; fails with TargetRefused when there is none. */
  lookup: SocketLookup
}

type SocketLookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void

/** A request would have gone where it may not go. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused'
}

/** An address and how many of its bits count. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** What the operator allows beyond public addresses: a network, or a host by its name, wherever that leads. */
export type AllowedTarget = { readonly network: Network } | { readonly host: string }

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/

/** Reads `10.0.0.0/8`, `192.168.1.7`, `fd00::/8` or `hooks.internal`; `undefined` when it is none of these. */
export function readTarget(text: string): AllowedTarget | undefined {
  const [address = '', bits] = text.split('/')
  if (ipaddr.isValid(address) && (ipaddr.IPv6.isValid(address) || ipaddr.IPv4.isValidFourPartDecimal(address))) {
    const parsed = ipaddr.parse(address)
    const most = parsed.kind() === 'ipv4' ? 32 : 128
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
    return length <= most ? { network: [parsed, length] } : undefined
  }
  const host = text.toLowerCase()
  // What ends in a number would be read as an address.
  return hostName.test(host) && !/(^|\.)\d+$/.test(host) ? { host } : undefined
}

/** Public, and yet answered by a cloud's own machine. */
const notPublic = [ipaddr.parse('168.63.129.16')]

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast' || notPublic.some((one) => one.toString() === address.toString())) return false
  return address.kind() === 'ipv4' || ((address as ipaddr.IPv6).parts[0] as number) >> 13 === 1
}

/** A target as `readTarget` reads it. */
export const nameOfTarget = (target: AllowedTarget): string =>
  'host' in target ? target.host : `${target.network[0].toString()}/${target.network[1]}`

/** What may be reached beside public addresses. */
export interface OutwardRules {
  allowed: readonly AllowedTarget[]
  /** Whether this machine itself may be reached: for those who develop on it. */
  loopback: boolean
}

type Resolved = (error: Error | null, addresses: LookupAddress[]) => void

interface GuardOptions extends OutwardRules {
  /** Resolves a name to all its addresses; that of the system when absent. */
  resolve?: (hostname: string, options: LookupOptions, callback: Resolved) => void
}

export function createOutwardGuard({ allowed, loopback, resolve = resolveBySystem }: GuardOptions): OutwardGuard {
  const hosts = new Set(allowed.flatMap((one) => ('host' in one ? [one.host] : [])))
  const networks = allowed.flatMap((one) => ('network' in one ? [one.network] : []))

  const mayReach = (text: string): boolean => {
    // An IPv4 address in the clothes of IPv6 is that IPv4 address.
    const address = ipaddr.process(text)
    if (isPublic(address) || (loopback && address.range() === 'loopback')) return true
    return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits))
  }

  /** What is being resolved, and who waits for it. */
  const underWay = new Map<string, Resolved[]>()
  /** Few names can be resolved at a time in a process, so one whose servers are silent must not be asked for by everybody who wants to go there. */
  function resolveOnce(hostname: string, options: LookupOptions, resolved: Resolved): void {
    const question = JSON.stringify([hostname, options.family, options.hints])
    const waiting = underWay.get(question)
    if (waiting) {
      waiting.push(resolved)
      return
    }
    const all = [resolved]
    underWay.set(question, all)
    resolve(hostname, options, (error, found) => {
      underWay.delete(question)
      for (const one of all) one(error, found)
    })
  }

  return {
    assertHost(hostname) {
      const host = hostname.replace(/^\[(.*)\]$/, '$1')
      if (ipaddr.isValid(host) && !mayReach(host)) throw refusal(host)
    },

    lookup(hostname, options, callback) {
      resolveOnce(hostname, options, (error, found) => {
        if (error) return callback(error, [])
        const name = hostname.toLowerCase().replace(/\.$/, '')
        const addresses = hosts.has(name) ? found : found.filter(({ address }) => mayReach(address))
        const [first] = addresses
        if (!first) return callback(refusal(hostname), [])
        return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
      })
    },
  }
}

const resolveBySystem: NonNullable<GuardOptions['resolve']> = (hostname, options, callback) =>
  systemLookup(hostname, { ...options, all: true }, callback)

const refusal = (host: string) =>
  new TargetRefused(`${host} is no public address; PARLEY_ALLOWED_TARGETS may allow it, as a host or a network`)
