import ipaddr from 'ipaddr.js'
import type { Network } from './outward-guard.ts'

/** What of a request says where it was sent. */
interface Arrived {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** The base of the absolute URLs in the answer to a request: `https://chat.example.org`. */
export type OriginOf = (request: Arrived) => string

export interface Origins {
  /** What the operator says that clients use; then nothing else counts. */
  fixed: string | undefined
  /** Where the server listens, for requests that do not say a host. */
  otherwise: () => string
  /** Whether the server speaks TLS itself. */
  tls: boolean
  /** Proxies whose `X-Forwarded-Host` and `X-Forwarded-Proto` are believed. */
  trusted: readonly Network[] | undefined
}

const hostPattern = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i
const first = (value: string | string[] | undefined) => [value].flat()[0]?.split(',', 1)[0]?.trim()

/**
 * Clients are answered with the name by which they came, so that whatever name leads here works: it is the one that they resolve, and that the
 * certificate has. Nobody but a trusted proxy can say another.
 */
export function originReader({ fixed, otherwise, tls, trusted }: Origins): OriginOf {
  if (fixed !== undefined) return () => fixed
  return ({ headers, socket }) => {
    const proxied = trusted !== undefined && isOf(trusted, socket.remoteAddress ?? '')
    const host = (proxied && first(headers['x-forwarded-host'])) || first(headers['host'])
    if (host === undefined || !hostPattern.test(host)) return otherwise()
    const said = proxied ? first(headers['x-forwarded-proto'])?.toLowerCase() : undefined
    const scheme = said === 'https' || said === 'http' ? said : tls ? 'https' : 'http'
    return `${scheme}://${host.toLowerCase()}`
  }
}

/** The address of whoever sent a request: as the connection shows it, or as trusted proxies say. */
export type AddressOf = (request: Arrived) => string

export function addressReader(trusted: readonly Network[] | undefined): AddressOf {
  const forwardedOf = forwardedReader(trusted)
  return (request) => forwardedOf(request) ?? request.socket.remoteAddress ?? ''
}

/** The address that trusted proxies say; `undefined` for a request that did not come by one: then the connection's own counts. */
export type ForwardedOf = (request: Arrived) => string | undefined

/** Whoever is not believed stands nearest to the trusted proxies: what was written before may be their invention. */
export function forwardedReader(trusted: readonly Network[] | undefined): ForwardedOf {
  return ({ headers, socket }) => {
    if (!trusted || !isOf(trusted, socket.remoteAddress ?? '')) return undefined
    const way = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    const addresses = way.map((address) => address.trim()).filter((address) => ipaddr.isValid(address))
    return addresses.findLast((address) => !isOf(trusted, address))
  }
}

/** An IPv4 address may come as part of an IPv6 one. */
function isOf(networks: readonly Network[], text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits))
}
