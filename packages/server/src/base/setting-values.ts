import { resolve } from 'node:path'
import { canonicalSid, channelOfAddress, isSid, type SidKind, sidPrefix } from '@parley/protocol'
import { type AllowedTarget, type Network, readTarget } from './outward-guard.ts'

/** Reads the text of a setting; throws an `Expectation` when the text is no value of this kind. */
export type Read<T> = (text: string) => T

/** What a value has to be, in words that follow "must be". */
export class Expectation extends Error {}

function expected(what: string): never {
  throw new Expectation(what)
}

/** Where rows are kept. */
export type DatabaseAddress = { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string }

export const path: Read<string> = (raw) => resolve(raw)

export function wholeNumber(least: number, most: number): Read<number> {
  return (raw) => {
    const number = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
    return number >= least && number <= most ? number : expected(`a whole number from ${least} to ${most}`)
  }
}

/** `tcp://…` as port is what Kubernetes puts into the environment of every pod when a service is called "parley". */
export const port: Read<number> = (raw) =>
  raw.startsWith('tcp://')
    ? expected('a port number (Kubernetes sets this for a service named parley: set PARLEY_PORT yourself, or enableServiceLinks to false)')
    : wholeNumber(0, 65_535)(raw)

export function oneOf<const W extends string>(...words: W[]): Read<W> {
  return (raw) => words.find((word) => word === raw) ?? expected(`one of ${words.join(', ')}`)
}

export const host: Read<string> = (raw) =>
  /^[\w.:%-]+$/.test(raw) ? raw : expected('a host name or an IP address, without scheme and port')

export function sid(kind: SidKind): Read<string> {
  return (raw) => (isSid(kind, raw) ? canonicalSid(raw) : expected(`${sidPrefix[kind]} and 32 hexadecimal digits`))
}

export const secret: Read<string> = (raw) =>
  /^[A-Za-z0-9]{32}$/.test(raw) ? raw : expected('exactly 32 letters and digits (A-Z, a-z, 0-9)')

export const encryptionKey: Read<string> = (raw) =>
  /^[0-9a-fA-F]{64}$/.test(raw) ? raw.toLowerCase() : expected('64 hexadecimal digits, as `openssl rand -hex 32` prints them')

export const databaseAddress: Read<DatabaseAddress> = (raw) => {
  if (raw.startsWith('sqlite:')) {
    const file = raw.slice('sqlite:'.length)
    if (file === '' || file.startsWith('//')) expected('sqlite:<file>, as in sqlite:/var/lib/parley/parley.db')
    return { kind: 'sqlite', file: resolve(file) }
  }
  const url = URL.canParse(raw) ? new URL(raw) : undefined
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:')
    expected('sqlite:<file> or postgres://user:password@host:port/database')
  if (url.pathname.length < 2) expected('postgres://user:password@host:port/database, and the name of the database is missing')
  return { kind: 'postgres', url: raw }
}

export const natsUrl: Read<never> = (raw) => {
  const url = URL.canParse(raw) ? new URL(raw) : undefined
  if (!url || !['nats:', 'tls:', 'ws:', 'wss:'].includes(url.protocol) || url.hostname === '') expected('nats://host:port')
  return expected('unset: this build has no NATS yet, and runs as one node')
}

export const publicUrl: Read<string> = (raw) => {
  const url = URL.canParse(raw) ? new URL(raw) : undefined
  const bare = url && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password && !/[?#]/.test(raw)
  if (!bare || !['http:', 'https:'].includes(url.protocol))
    expected('an absolute http or https URL without a path, as in https://chat.example.org')
  return url.origin
}

export const httpUrl: Read<string> = (raw) => {
  const url = URL.canParse(raw) ? new URL(raw) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.search || url.hash)
    expected('an absolute http or https URL without credentials, as in http://minio.internal:9000')
  return url.href
}

export const contact: Read<string> = (raw) =>
  /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(raw) ? raw : expected('mailto: and an address, or an https URL')

/** One word, such as the name of a bucket. */
export const word: Read<string> = (raw) => (/^[\x21-\x7e]+$/.test(raw) ? raw : expected('one word of printable ASCII characters'))

/** Some of several words, with commas between, or `none`. */
export function someOf<const W extends string>(...words: W[]): Read<ReadonlySet<W>> {
  return (raw) => {
    const list = raw === 'none' ? [] : raw.split(',').map((word) => word.trim())
    if (!list.every((word) => words.includes(word as W))) expected(`none, or some of ${words.join(', ')} with commas between`)
    return new Set(list as W[])
  }
}

export const limit: Read<number> = (raw) => {
  if (raw === 'unlimited') return Number.POSITIVE_INFINITY
  const number = /^\d{1,15}$/.test(raw) ? Number(raw) : 0
  return number > 0 ? number : expected('a whole number greater than 0, or unlimited')
}

export const addresses: Read<ReadonlySet<string>> = (raw) => {
  const list = raw.split(',').map((address) => address.trim())
  if (!list.every((address) => channelOfAddress(address))) expected('addresses with commas between, such as +15550100,whatsapp:+15550100')
  return new Set(list)
}

export const targets: Read<readonly AllowedTarget[]> = (raw) =>
  raw
    .split(',')
    .map(
      (target) =>
        readTarget(target.trim()) ?? expected('hosts and networks with commas between, such as 10.1.0.0/16,fd00::/8,hooks.internal'),
    )

/** Addresses and networks: `10.0.0.0/8,::1`. */
export const networks: Read<readonly Network[]> = (raw) =>
  raw.split(',').map((one) => {
    const target = readTarget(one.trim())
    return target && 'network' in target ? target.network : expected('addresses or networks with commas between, such as 10.0.0.0/8,::1')
  })

/** Studio flows and the URLs that take their place. */
export const flows: Read<ReadonlyMap<string, string>> = (raw) => {
  const pairs = raw.split(/[\s,]+(?=FW)/).map((pair): [string, string] => {
    const [flow = '', ...url] = pair.trim().split('=')
    if (!isSid('flow', flow) || !/^https?:\/\/./.test(url.join('=')) || !URL.canParse(url.join('=')))
      expected('flows and URLs with commas between, such as FW0123456789abcdef0123456789abcdef=https://flows.example.org/welcome')
    return [canonicalSid(flow), url.join('=')]
  })
  return new Map(pairs)
}
