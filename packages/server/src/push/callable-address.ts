import { lookup } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'

/**
 * Where a web push may go. Its address comes from a client, which could name anything; so only what is public is called, and this is asked of the
 * address that is connected to, not only of the name.
 */
export interface CallableAddresses {
  /** Whether a URL may be called, as far as can be seen from it. */
  allows(url: string): boolean
  /** Looks up names for connections, and refuses those that lead to a private address. */
  lookup: LookupFunction
}

const notPublic = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(network, bits, 'ipv4')
/** Of IPv6 only what is handed out for the public, and none of it that carries an IPv4 address in it. */
const publicV6 = new BlockList()
publicV6.addSubnet('2000::', 3, 'ipv6')
const carriersV6 = new BlockList()
carriersV6.addSubnet('2001::', 23, 'ipv6')
carriersV6.addSubnet('2001:db8::', 32, 'ipv6')
carriersV6.addSubnet('2002::', 16, 'ipv6')

/** Whether an IP address is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return isPublicAddress(mapped)
  if (isIPv6(address)) return publicV6.check(address, 'ipv6') && !carriersV6.check(address, 'ipv6')
  return isIP(address) === 4 && !notPublic.check(address, 'ipv4')
}

/** @param privateAllowed for development: everything may be called, also without TLS */
export function callableAddresses(privateAllowed: boolean): CallableAddresses {
  const allowed = (address: string) => privateAllowed || isPublicAddress(address)
  return {
    allows(raw) {
      const url = URL.canParse(raw) ? new URL(raw) : undefined
      if (!url || url.username || url.password || url.hash) return false
      if (url.protocol !== 'https:' && !(privateAllowed && url.protocol === 'http:')) return false
      const host = url.hostname.replace(/^\[|\]$/g, '')
      return isIP(host) === 0 || allowed(host)
    },
    lookup(name, options, found) {
      lookup(name, { ...options, all: true }, (error, addresses) => {
        if (error) return found(error, '', 0)
        const open = addresses.filter(({ address }) => allowed(address))
        const [first] = open
        if (!first) return found(Object.assign(new Error(`${name} leads to no public address`), { code: 'ENOTFOUND' }), '', 0)
        if (options.all) found(null, open)
        else found(null, first.address, first.family)
      })
    },
  }
}
