import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { Certified } from '../authority.ts'
import { withOutput } from '../options.ts'
import { Problem } from '../problem.ts'
import { print, printJson, say, style } from '../terminal.ts'
import { examples } from './resources.ts'

/**
 * The names that the official libraries dial by themselves (helper-libraries §1, wire-protocol §3): REST by the helper libraries, and for each region
 * the websocket and the media of the client SDKs. `aim`, `cds` and `ers` are only written inside frames today; older SDKs look them up.
 */
const restNames = ['conversations.twilio.com', 'api.twilio.com', 'content.twilio.com', 'chat.twilio.com', 'iam.twilio.com']
const regional = ['tsock', 'mcs', 'aim', 'cds', 'ers']
const local = ['localhost', '127.0.0.1', '::1']

const namesOf = (region: string) => [...restNames, ...regional.map((name) => `${name}.${region}.twilio.com`)]

/** Certificates with which unmodified programs talk to Parley in the place of the original. */
export const certsCommand = (): Command =>
  withOutput(new Command('certs'))
    .description('make a private authority, and a certificate for the names that the official libraries dial')
    .option('--out <folder>', 'where the files go', '.parley/certs')
    .option('--name <name>', 'another name or address of the server, repeatable', another)
    .option('--region <region>', 'region of the client SDKs, when the apps set one', region, 'us1')
    .option('--address <ip>', 'address of the server, for the lines of the hosts file', address, '127.0.0.1')
    .addHelpText('after', examples(['parley certs', 'parley certs --name chat.example.org --address 10.0.0.7 --out /etc/parley/certs']))
    .action(certs)

function another(name: string, before: readonly string[] = []): readonly string[] {
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  if (isIP(name) === 0 && !new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`, 'i').test(name))
    throw new InvalidArgumentError('It has to be the name of a host, or an IP address.')
  return [...before, name.toLowerCase()]
}

function region(text: string): string {
  if (/^[a-z0-9-]{2,20}$/.test(text)) return text
  throw new InvalidArgumentError('It has to be a region such as us1, ie1 or au1.')
}

function address(text: string): string {
  if (isIP(text) !== 0) return text
  throw new InvalidArgumentError('It has to be an IP address.')
}

interface Options {
  out: string
  name?: readonly string[]
  region: string
  address: string
  json?: boolean
}

async function certs({ out, name = [], region, address, json }: Options): Promise<void> {
  const folder = resolve(out)
  const file = (short: string) => join(folder, short)
  const dialled = namesOf(region)
  const names = [...new Set([...dialled, ...local, address, hostname().toLowerCase(), ...name])]
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  const now = new Date()
  const { authority, made } = await authorityIn(folder, now)
  const { certify } = await import('../authority.ts')
  const server = await certify(authority, names, now)
  write(file('key.pem'), server.key, 0o600)
  // The whole chain, as servers want it.
  write(file('cert.pem'), server.cert + authority.cert, 0o644)
  const expires = new X509Certificate(server.cert).validTo

  const settings = { PARLEY_TLS_CERT: file('cert.pem'), PARLEY_TLS_KEY: file('key.pem') }
  const hosts = dialled.map((one) => `${address} ${one}`)
  if (json) {
    printJson({ authority: file('ca.pem'), authority_made: made, expires: new Date(expires).toISOString(), names, settings, hosts })
    return
  }
  print(
    style('bold', `# ${made ? 'A new authority' : 'The authority that was there'}, and a new certificate until ${expires}, in ${folder}`),
  )
  print('\n# Settings of the server; the libraries dial port 443')
  for (const [variable, value] of Object.entries({ ...settings, PARLEY_PORT: '443' })) print(`${variable}=${value}`)
  print('\n# Lines for the hosts file of each machine that runs unmodified programs (/etc/hosts), or for its DNS')
  for (const line of hosts) print(line)
  print('\n# How these programs come to trust the authority')
  for (const [runtime, how] of trust(file('ca.pem'))) print(`${runtime.padEnd(14)} ${how}`)
  say('Keep ca-key.pem to yourself: whoever has it can pretend to be any of these names to those who trust ca.pem.')
}

const trust = (ca: string): [string, string][] => [
  ['Node', `NODE_EXTRA_CA_CERTS=${ca}`],
  ['Python', `REQUESTS_CA_BUNDLE=${ca}`],
  ['Go, Ruby', `SSL_CERT_FILE=${ca}`],
  ['PHP', `curl.cainfo=${ca} in php.ini`],
  ['Java', `keytool -importcert -noprompt -alias parley -file ${ca} -keystore trust.p12, and -Djavax.net.ssl.trustStore=trust.p12`],
  ['.NET, browsers', 'the store of the operating system'],
]

/** The authority that is there is used again, so that those who trust it need not learn of another. */
async function authorityIn(folder: string, now: Date): Promise<{ authority: Certified; made: boolean }> {
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')]
  if (existsSync(certFile) !== existsSync(keyFile))
    throw new Problem(`Of the authority in ${folder} only a half is there: ca.pem and ca-key.pem belong together.`, {
      advice: ['Put the other one back, or take both away to make a new authority.'],
    })
  if (!existsSync(certFile)) {
    const { createAuthority } = await import('../authority.ts')
    const authority = await createAuthority('Parley private authority', now)
    write(keyFile, authority.key, 0o600)
    write(certFile, authority.cert, 0o644)
    return { authority, made: true }
  }
  const authority = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  assertUsable(authority, certFile, now)
  return { authority, made: false }
}

function assertUsable({ cert }: Certified, file: string, now: Date): void {
  let validTo: string
  try {
    validTo = new X509Certificate(cert).validTo
  } catch (cause) {
    throw new Problem(`${file} is no certificate: ${(cause as Error).message}`, { cause })
  }
  if (new Date(validTo) <= now)
    throw new Problem(`The authority in ${file} has expired on ${validTo}.`, {
      advice: ['Take ca.pem and ca-key.pem away to make a new one.'],
    })
}

function write(file: string, content: string, mode: number): void {
  try {
    writeFileSync(file, content, { mode })
  } catch (cause) {
    throw new Problem(`${file} cannot be written: ${(cause as Error).message}`, { cause })
  }
}
