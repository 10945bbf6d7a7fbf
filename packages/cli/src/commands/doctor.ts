import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { connect, createServer, isIP } from 'node:net'
import { dirname, join } from 'node:path'
import type { Settings } from '@parley/server'
import { createCommand } from 'commander'
import { withServer } from '../options.ts'
import { Problem } from '../problem.ts'
import { type Answer, Rest } from '../rest.ts'
import { findTarget, type Target, type TargetOptions } from '../target.ts'
import { print, printJson, style, visible } from '../terminal.ts'
import { examples } from './resources.ts'
import { environmentOf, type SettingOptions, withSettings } from './serve.ts'

/** What a look at one thing showed. */
interface Finding {
  name: string
  /** `wrong` keeps a server from working, `warning` does not yet. */
  state: 'ok' | 'warning' | 'wrong'
  text: string
  /** What to do about it. */
  advice?: string
}

const ok = (name: string, text: string): Finding => ({ name, state: 'ok', text })
const warning = (name: string, text: string, advice: string): Finding => ({ name, state: 'warning', text, advice })
const wrong = (name: string, text: string, advice: string): Finding => ({ name, state: 'wrong', text, advice })

type Options = SettingOptions & TargetOptions & { json?: boolean }

/** Looks for what is wrong with a server on this machine, by its settings, and with one that can be reached. It changes nothing. */
export const doctorCommand = () =>
  withSettings(withServer(createCommand('doctor')), 'port', 'host', 'dataDir', 'databaseUrl', 'configFile')
    .description('look for what is wrong, here and with the server that a profile names, and say what to do')
    .addHelpText(
      'after',
      examples(['parley doctor', 'PARLEY_DATA_DIR=/var/lib/parley parley doctor --json', 'parley doctor --profile production']),
    )
    .action(async (options: Options) => {
      const findings = [nodeVersion(), ...(await lookHere(options)), ...(await lookThere(options))]
      const isWell = findings.every(({ state }) => state !== 'wrong')
      if (options.json) printJson({ well: isWell, findings })
      else show(findings, isWell)
      if (!isWell) process.exitCode = 1
    })

const marks = { ok: style('green', 'ok     '), warning: style('yellow', 'warning'), wrong: style('red', 'wrong  ') }

function show(findings: readonly Finding[], isWell: boolean): void {
  const width = Math.max(...findings.map(({ name }) => name.length))
  for (const { name, state, text, advice } of findings) {
    print(`${marks[state]}  ${name.padEnd(width)}  ${visible(text)}`)
    if (advice) print(`${' '.repeat(width + 11)}${visible(advice)}`)
  }
  print(isWell ? 'Nothing is wrong.' : style('red', 'Something is wrong.'))
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', process.versions.node)
    : wrong('node', `${process.versions.node} is too old`, 'Get 20.19 or newer at https://nodejs.org')
}

/** What the settings of a server on this machine lead to. */
async function lookHere(options: Options): Promise<Finding[]> {
  const { readSettings, SettingsError } = await import('@parley/server')
  let settings: Settings
  try {
    settings = readSettings(environmentOf(options))
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return [wrong('settings', error.message, 'docs/settings.md has them all.')]
  }
  return [
    ok('settings', `${settings.mode} mode`),
    ...modeAndAddress(settings),
    dataFolder(settings),
    disk(settings),
    ...(await database(settings)),
    await secretKey(settings),
    await port(settings),
    ...certificate(settings),
  ]
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

function modeAndAddress({ mode, host, publicUrl }: Settings): Finding[] {
  const findings: Finding[] = []
  if (mode === 'development' && !isLoopback(host))
    findings.push(
      warning(
        'mode',
        `development mode on ${host}, which others can reach`,
        'Set PARLEY_MODE=production: development mode prints secrets.',
      ),
    )
  const name = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
  const labels = name?.split('.').length ?? 0
  if (name !== undefined && !/^[\d.]+$|:/.test(name) && (labels === 2 || labels > 5))
    findings.push(
      warning(
        'public URL',
        `the official helper libraries cannot keep the name ${name} together`,
        'Use a name of three to five parts, as in chat.example.org.',
      ),
    )
  return findings
}

/** The folder itself, or the one in which it would be made. */
const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)))

function dataFolder({ dataDir }: Settings): Finding {
  const place = nearest(dataDir)
  try {
    accessSync(place, constants.W_OK)
  } catch {
    return wrong('data folder', `${place} cannot be written`, 'Give its owner to the user of the server, or set PARLEY_DATA_DIR.')
  }
  if (place !== dataDir) return ok('data folder', `${dataDir} is made by the first start`)
  const open = process.platform !== 'win32' && (statSync(dataDir).mode & 0o077) !== 0
  return open ? warning('data folder', `${dataDir} is open to others on this machine`, `chmod 700 ${dataDir}`) : ok('data folder', dataDir)
}

const gigabyte = 1_073_741_824

function disk({ dataDir }: Settings): Finding {
  const { bavail, bsize } = statfsSync(nearest(dataDir))
  const free = (bavail * bsize) / gigabyte
  const text = `${free.toFixed(1)} GB free`
  if (free < 0.1) return wrong('disk', text, 'Make room: a full disk stops all writing.')
  return free < 1 ? warning('disk', text, 'Make room soon: a full disk stops all writing.') : ok('disk', text)
}

async function database({ database }: Settings): Promise<Finding[]> {
  const { DatabaseProblem, inspectDatabase } = await import('@parley/server')
  try {
    const { place, exists, taken, pending, newer, time } = await inspectDatabase(database)
    const clock = time === undefined ? [] : [clockFinding('database clock', time)]
    if (newer.length > 0)
      return [wrong('database', `${place} was changed by a newer version (${newer[0]})`, 'Run that version, or a newer one.'), ...clock]
    if (!exists) return [ok('database', `${place} is made by the first start`), ...clock]
    const steps = pending.length === 0 ? 'is up to date' : `is ${pending.length} steps behind, which the next start takes`
    return [ok('database', `${place} ${steps} (${taken.at(-1)})`), ...clock]
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error
    return [wrong('database', error.message, error.advice ?? 'PARLEY_DATABASE_URL says where it is.')]
  }
}

const mostSkew = 30_000

function clockFinding(name: string, theirs: number): Finding {
  const skew = theirs - Date.now()
  const seconds = Math.round(Math.abs(skew) / 1_000)
  if (Math.abs(skew) <= mostSkew) return ok(name, `as this machine's, within ${seconds + 1} s`)
  return warning(
    name,
    `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
    'Set both by NTP: tokens are good from and until an instant.',
  )
}

async function secretKey(settings: Settings): Promise<Finding> {
  const { secretKeyFits } = await import('@parley/server')
  const file = join(settings.dataDir, 'secret.key')
  const source = settings.secretKey === undefined ? file : 'PARLEY_SECRET_KEY'
  const fits = await secretKeyFits(settings).catch((error: Error) => error)
  if (fits instanceof Error) return wrong('secret key', fits.message, 'Put the original back: without it no stored secret can be read.')
  if (fits === false)
    return wrong('secret key', `${source} does not open the secrets in the database`, 'Put the key back with which they were stored.')
  if (fits === undefined)
    return ok('secret key', settings.secretKey === undefined && !existsSync(file) ? `${file} is made by the first start` : source)
  const open = settings.secretKey === undefined && process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0
  return open
    ? warning('secret key', `${file} can be read by others`, `chmod 600 ${file}`)
    : ok('secret key', `${source} opens the stored secrets`)
}

async function port({ host, port, tls }: Settings): Promise<Finding> {
  const at = `${host}:${port}`
  const server = createServer().listen({ host, port, exclusive: true })
  try {
    await Promise.race([once(server, 'listening'), once(server, 'error').then(([error]) => Promise.reject(error))])
    server.close()
    return ok('port', `${at} is free`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      return (await isParley(`${tls ? 'https' : 'http'}://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`))
        ? ok('port', `a Parley server answers at ${at}`)
        : wrong('port', `${at} is taken by something else`, 'Set PARLEY_PORT to another one, or stop what is there.')
    if (code === 'EACCES')
      return wrong('port', `${at} is not allowed to this user`, 'Take a port above 1023, or let the service manager open it.')
    return wrong('port', `${at}: ${message}`, 'PARLEY_HOST and PARLEY_PORT say where to listen.')
  }
}

async function isParley(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3_000) })
    return ((await response.json()) as { status?: string }).status === 'alive'
  } catch (error) {
    // Somebody serves TLS there with a certificate that this machine does not know: as our settings say.
    return url.startsWith('https:') && /cert|issuer/i.test(String((error as Error & { cause?: Error }).cause))
  }
}

const dayMilliseconds = 86_400_000

function certificate({ tls, publicUrl }: Settings): Finding[] {
  if (!tls) return []
  const name = 'certificate'
  try {
    const cert = new X509Certificate(readFileSync(tls.cert))
    if (!cert.checkPrivateKey(createPrivateKey(readFileSync(tls.key))))
      return [wrong(name, `${tls.key} is not the key of ${tls.cert}`, 'PARLEY_TLS_CERT and PARLEY_TLS_KEY belong together.')]
    const days = Math.floor((Date.parse(cert.validTo) - Date.now()) / dayMilliseconds)
    if (days < 0) return [wrong(name, `expired on ${cert.validTo}`, 'Get a new one; an own authority makes it: parley certs')]
    if (Date.parse(cert.validFrom) > Date.now())
      return [wrong(name, `valid only from ${cert.validFrom}`, 'Is the clock of this machine right?')]
    const host = publicUrl && new URL(publicUrl).hostname
    if (host && !(isIP(host) ? cert.checkIP(host) : cert.checkHost(host)))
      return [warning(name, `not for ${host}, the name in PARLEY_PUBLIC_URL`, 'Get one for that name.')]
    return [days < 14 ? warning(name, `expires in ${days} days`, 'Renew it now.') : ok(name, `good for ${days} days`)]
  } catch (error) {
    return [wrong(name, `cannot be used: ${(error as Error).message}`, 'PARLEY_TLS_CERT and PARLEY_TLS_KEY name PEM files.')]
  }
}

/** How a server answers that can be reached, and whether its webhooks can be. */
async function lookThere(options: TargetOptions): Promise<Finding[]> {
  let target: Target
  try {
    target = findTarget(options)
  } catch (error) {
    if (options.profile ?? options.url) throw error
    return []
  }
  const rest = new Rest(target)
  let ready: Answer
  try {
    ready = await rest.ask('GET', '/v1/Configuration', { patience: 10_000 })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [
      (options.profile ?? options.url)
        ? wrong('server', error.message, error.advice.join(' '))
        : warning('server', error.message, error.advice.join(' ')),
    ]
  }
  if (ready.status !== 200)
    return [
      wrong('server', `${target.url} answers ${ready.status} to the credentials of the ${target.source}`, 'See: parley profiles list'),
    ]
  const date = Date.parse(ready.headers.get('date') ?? '')
  return [
    ok('server', `${target.url} answers to the ${target.source}`),
    ...(Number.isNaN(date) ? [] : [clockFinding('server clock', date)]),
    ...(await webhooks(rest)),
  ]
}

async function webhooks(rest: Rest): Promise<Finding[]> {
  const paths = ['/v1/Configuration/Webhooks', ...(rest.target.service_sid ? [rest.inService('/Configuration/Webhooks')] : [])]
  const answers = await Promise.all(paths.map((path) => rest.ask('GET', path)))
  const urls = answers.flatMap(({ status, body }) => {
    const { pre_webhook_url, post_webhook_url } = (status === 200 ? body : {}) as Record<string, string | null>
    return [pre_webhook_url, post_webhook_url].filter((url): url is string => Boolean(url) && URL.canParse(url as string))
  })
  return Promise.all([...new Set(urls)].map(reach))
}

/** Whether somebody listens at a webhook's address, as seen from here. Nothing is sent: a receiver acts on what it is told. */
async function reach(url: string): Promise<Finding> {
  const { hostname, port, protocol, host } = new URL(url)
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    timeout: 5_000,
  })
  try {
    const late = once(socket, 'timeout').then(() => Promise.reject(new Error('it does not answer')))
    await Promise.race([once(socket, 'connect'), late])
    return ok('webhook', `${host} can be reached from here`)
  } catch (error) {
    return warning(
      'webhook',
      `${host} cannot be reached from here: ${(error as Error).message}`,
      'What happens is told to it later, or never.',
    )
  } finally {
    socket.destroy()
  }
}
