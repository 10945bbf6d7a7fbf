import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Limit, type LimitName, type Limits, limitCatalogue, limitSetting, limitsOf } from '@parley/protocol'
import { closestMatch } from 'leven'
import {
  addresses,
  contact,
  type DatabaseAddress,
  databaseAddress,
  Expectation,
  encryptionKey,
  flows,
  host,
  httpUrl,
  limit,
  natsUrl,
  networks,
  oneOf,
  path,
  port,
  publicUrl,
  type Read,
  secret,
  sid,
  someOf,
  targets,
  wholeNumber,
  word,
} from './setting-values.ts'

/** Why the server does not start: one line that names the setting, its value unless it is a secret, and what is expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** One setting: its name in the environment, what it means, what it is when nobody sets it, and how its text is read. */
interface Setting<T> {
  readonly name: string
  readonly doc: string
  /** The text that is read when the setting is absent. */
  readonly fallback?: string
  /** Says in words what happens when the setting is absent and has no `fallback`. */
  readonly otherwise?: string
  /** Its value is never shown. */
  readonly secret?: boolean
  readonly read: Read<T>
}

/** What a browser can be shown: the quickstart chat at `/`, and the operator's console at `/console`. */
const webPages = ['quickstart', 'console'] as const
export type WebPage = (typeof webPages)[number]

/** Every setting but the limits, which `limitCatalogue` describes. */
const settingTable = {
  port: { name: 'PARLEY_PORT', fallback: '8480', doc: 'Port to listen on; 0 takes any free port.', read: port },
  host: { name: 'PARLEY_HOST', fallback: '127.0.0.1', doc: 'Address to listen on; `0.0.0.0` or `::` for every interface.', read: host },
  publicUrl: {
    name: 'PARLEY_PUBLIC_URL',
    otherwise: 'the name by which a client comes',
    doc: 'Base of the absolute URLs in answers, as clients reach the server: `https://chat.example.org`.',
    read: publicUrl,
  },
  trustedProxies: {
    name: 'PARLEY_TRUSTED_PROXIES',
    otherwise: 'nobody is believed',
    doc: 'Addresses or networks of proxies, with commas between, whose `X-Forwarded-Host` and `X-Forwarded-Proto` are believed: `10.0.0.0/8`.',
    read: networks,
  },
  mode: {
    name: 'PARLEY_MODE',
    fallback: 'production',
    doc: '`development` adds what makes trying out easy (`npm start` sets it); `production` leaves it away.',
    read: oneOf('development', 'production'),
  },
  pages: {
    name: 'PARLEY_PAGES',
    otherwise: '`quickstart,console` in development mode, `none` in production',
    doc: 'Pages that are served: `quickstart` (the chat at `/`) and `console` (the operator’s at `/console`), with a comma between, or `none`.',
    read: someOf(...webPages),
  },
  consoleSessionMinutes: {
    name: 'PARLEY_CONSOLE_SESSION_MINUTES',
    fallback: '720',
    doc: 'How long one stays signed in to the console without using it, in minutes; who goes on using it, ten times as long at most.',
    read: wholeNumber(1, 100_000),
  },
  dataDir: {
    name: 'PARLEY_DATA_DIR',
    fallback: './.parley',
    doc: 'Folder of the SQLite file, of media and of generated secrets.',
    read: path,
  },
  databaseUrl: {
    name: 'PARLEY_DATABASE_URL',
    otherwise: '`sqlite:` with `parley.db` in the data folder',
    doc: '`sqlite:<file>` or `postgres://user:password@host:port/database`.',
    secret: true,
    read: databaseAddress,
  },
  sqliteSynchronous: {
    name: 'PARLEY_SQLITE_SYNCHRONOUS',
    fallback: 'full',
    doc: '`full`: what was acknowledged survives a power cut. `normal`: it survives a crash of the process only, and writes are faster.',
    read: oneOf('full', 'normal'),
  },
  postgresPool: {
    name: 'PARLEY_POSTGRES_POOL',
    fallback: '10',
    doc: 'Connections to PostgreSQL at most, and one more that hears what other nodes change.',
    read: wholeNumber(1, 1_000),
  },
  natsUrl: {
    name: 'PARLEY_NATS_URL',
    otherwise: 'news stay in the process',
    doc: 'NATS server that connects several nodes. Not in this build yet: it refuses to start when this is set.',
    secret: true,
    read: natsUrl,
  },
  secretKey: {
    name: 'PARLEY_SECRET_KEY',
    otherwise: 'generated once into `secret.key` in the data folder',
    doc: 'Key that encrypts stored secrets: 64 hexadecimal digits. Nodes on one database need the same key; without it stored secrets are lost.',
    secret: true,
    read: encryptionKey,
  },
  accountSid: {
    name: 'PARLEY_ACCOUNT_SID',
    otherwise: 'generated at the first start',
    doc: 'SID of the account that the first start creates.',
    read: sid('account'),
  },
  authToken: {
    name: 'PARLEY_AUTH_TOKEN',
    otherwise: 'generated at the first start',
    doc: 'Auth token of that account: 32 letters and digits.',
    secret: true,
    read: secret,
  },
  apiKeySid: {
    name: 'PARLEY_API_KEY_SID',
    otherwise: 'generated at the first start',
    doc: 'SID of the API key that the first start creates.',
    read: sid('apiKey'),
  },
  apiKeySecret: {
    name: 'PARLEY_API_KEY_SECRET',
    otherwise: 'generated at the first start',
    doc: 'Secret of that API key: 32 letters and digits.',
    secret: true,
    read: secret,
  },
  serviceSid: {
    name: 'PARLEY_SERVICE_SID',
    otherwise: 'generated at the first start',
    doc: 'SID of the default service that the first start creates.',
    read: sid('service'),
  },
  mediaStore: {
    name: 'PARLEY_MEDIA_STORE',
    fallback: 'file',
    doc: '`file`: media are kept in `media` in the data folder. `s3`: in a bucket, which several nodes can share.',
    read: oneOf('file', 's3'),
  },
  mediaUrlSeconds: {
    name: 'PARLEY_MEDIA_URL_SECONDS',
    fallback: '300',
    doc: 'How long a temporary URL of a media is good for, in seconds.',
    read: wholeNumber(1, 604_800),
  },
  s3Bucket: {
    name: 'PARLEY_S3_BUCKET',
    otherwise: 'no bucket',
    doc: 'Bucket for media. It exists, and nobody else writes into it. Needs the package `@aws-sdk/client-s3`.',
    read: word,
  },
  s3Endpoint: {
    name: 'PARLEY_S3_ENDPOINT',
    otherwise: 'the one of AWS for the region',
    doc: 'URL of an S3 server other than that of AWS: `http://minio.internal:9000`.',
    read: httpUrl,
  },
  s3Region: { name: 'PARLEY_S3_REGION', fallback: 'us-east-1', doc: 'Region of the bucket.', read: word },
  s3AccessKeyId: {
    name: 'PARLEY_S3_ACCESS_KEY_ID',
    otherwise: 'found as AWS tools find it',
    doc: 'Access key for the bucket.',
    read: word,
  },
  s3SecretAccessKey: {
    name: 'PARLEY_S3_SECRET_ACCESS_KEY',
    otherwise: 'found as AWS tools find it',
    doc: 'Secret of that access key.',
    secret: true,
    read: word,
  },
  pushSubject: {
    name: 'PARLEY_PUSH_SUBJECT',
    otherwise: 'the base of absolute URLs',
    doc: 'Whom push services of browsers may write to about our pushes: `mailto:ops@example.org` or an https URL.',
    read: contact,
  },
  pushLogDays: {
    name: 'PARLEY_PUSH_LOG_DAYS',
    fallback: '7',
    doc: 'How long the log of pushes is kept, in days.',
    read: wholeNumber(1, 3_650),
  },
  pushConcurrency: {
    name: 'PARLEY_PUSH_CONCURRENCY',
    fallback: '50',
    doc: 'Pushes that one node sends at a time.',
    read: wholeNumber(1, 10_000),
  },
  pushFcmUrl: {
    name: 'PARLEY_PUSH_FCM_URL',
    fallback: 'https://fcm.googleapis.com',
    doc: 'Where pushes for FCM go. Only tests and proxies need another.',
    read: httpUrl,
  },
  pushOauthUrl: {
    name: 'PARLEY_PUSH_OAUTH_URL',
    fallback: 'https://oauth2.googleapis.com/token',
    doc: 'Where tokens for FCM are asked for. What a service account says about it is not followed.',
    read: httpUrl,
  },
  pushApnsUrl: {
    name: 'PARLEY_PUSH_APNS_URL',
    fallback: 'https://api.push.apple.com',
    doc: 'Where pushes for APNs go.',
    read: httpUrl,
  },
  pushApnsSandboxUrl: {
    name: 'PARLEY_PUSH_APNS_SANDBOX_URL',
    fallback: 'https://api.sandbox.push.apple.com',
    doc: 'Where pushes with a credential for the sandbox of APNs go.',
    read: httpUrl,
  },
  pushCa: {
    name: 'PARLEY_PUSH_CA',
    otherwise: 'those of Node',
    doc: 'File of certificate authorities (PEM) that are trusted at providers of pushes, instead of those of Node.',
    read: path,
  },
  proxyAddresses: {
    name: 'PARLEY_PROXY_ADDRESSES',
    otherwise: 'every address',
    doc: 'Addresses that are ours, with commas between: `+15550100,whatsapp:+15550100`. Others are refused as proxy addresses (50413), and apps are told of them to choose from.',
    read: addresses,
  },
  allowedTargets: {
    name: 'PARLEY_ALLOWED_TARGETS',
    otherwise: 'public addresses only; in development mode this machine too',
    doc: 'Hosts and networks that are not public, and that webhooks may be sent to: `10.1.0.0/16,hooks.internal`, with commas between.',
    read: targets,
  },
  webhookPreSeconds: {
    name: 'PARLEY_WEBHOOK_PRE_SECONDS',
    fallback: '5',
    doc: 'How long a receiver may take to answer a pre-action webhook, in seconds; whoever acts waits meanwhile.',
    read: wholeNumber(1, 60),
  },
  webhookWithoutAnswer: {
    name: 'PARLEY_WEBHOOK_WITHOUT_ANSWER',
    fallback: 'proceed',
    doc: 'What becomes of an action when its pre-action webhook is not answered: `proceed`, as with the original, or `refuse`. A configuration may say otherwise.',
    read: oneOf('proceed', 'refuse'),
  },
  webhookWithoutHeader: {
    name: 'PARLEY_WEBHOOK_WITHOUT_HEADER',
    fallback: 'silent',
    doc: 'Whether what is done by REST without `X-Twilio-Webhook-Enabled` fires webhooks: `silent`, as with the original, or `fire`. A configuration may say otherwise.',
    read: oneOf('silent', 'fire'),
  },
  webhookPostSeconds: {
    name: 'PARLEY_WEBHOOK_POST_SECONDS',
    fallback: '15',
    doc: 'How long a receiver may take to answer a post-action webhook, in seconds.',
    read: wholeNumber(1, 300),
  },
  webhookRetries: {
    name: 'PARLEY_WEBHOOK_RETRIES',
    fallback: '3',
    doc: 'How often a post-action webhook is sent again after no answer, a 429 or a 5xx, before it is left as dead.',
    read: wholeNumber(0, 100),
  },
  webhookRetrySeconds: {
    name: 'PARLEY_WEBHOOK_RETRY_SECONDS',
    fallback: '10',
    doc: 'The pause before the first of these, in seconds; each pause is four times the one before, and none is longer than an hour.',
    read: wholeNumber(1, 3_600),
  },
  webhookConcurrency: {
    name: 'PARLEY_WEBHOOK_CONCURRENCY',
    fallback: '64',
    doc: 'Post-action webhooks that one node sends to one host at a time.',
    read: wholeNumber(1, 1_000),
  },
  webhookRetentionDays: {
    name: 'PARLEY_WEBHOOK_RETENTION_DAYS',
    fallback: '7',
    doc: 'How long the log of webhooks is kept, in days. What could not be delivered by then is given up.',
    read: wholeNumber(1, 3_650),
  },
  studioFlows: {
    name: 'PARLEY_STUDIO_FLOWS',
    otherwise: 'messages for a flow are sent nowhere',
    doc: 'Where webhooks of the target `studio` post each message, flow by flow: `FW…=https://flows.example.org/welcome,FW…=https://…`.',
    read: flows,
  },
  limitsProfile: {
    name: 'PARLEY_LIMITS',
    fallback: 'open',
    doc: '`open`: bounds that protect the process, no quotas. `twilio`: the quotas of the original too.',
    read: oneOf('open', 'twilio'),
  },
  tlsCert: {
    name: 'PARLEY_TLS_CERT',
    otherwise: 'plain HTTP',
    doc: 'File of the TLS certificate chain (PEM), to serve TLS itself.',
    read: path,
  },
  tlsKey: { name: 'PARLEY_TLS_KEY', otherwise: 'plain HTTP', doc: 'File of the private key of that certificate (PEM).', read: path },
  logLevel: {
    name: 'PARLEY_LOG_LEVEL',
    fallback: 'info',
    doc: 'The least that is logged: `debug`, `info`, `warn`, `error` or `silent`.',
    read: oneOf('debug', 'info', 'warn', 'error', 'silent'),
  },
} as const satisfies Record<string, Setting<unknown>>

const configFile: Setting<string> = {
  name: 'PARLEY_CONFIG_FILE',
  otherwise: 'no file',
  doc: 'File with more settings, one `NAME=value` a line; `#` starts a comment line. The environment wins over the file.',
  read: path,
}

/**
 * Names that are no settings of the server: what tests and the command line read, and what Kubernetes adds on its own
 * when a service is called "parley".
 */
const notOurs = /^PARLEY_(TEST_.*|REFERENCE|URL|PROFILE|PORT_TO|SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)$/

type Table = typeof settingTable
type Value<K extends keyof Table> = ReturnType<Table[K]['read']>
type ReadSettings = { readonly [K in keyof Table]: Table[K] extends { fallback: string } ? Value<K> : Value<K> | undefined }

/** Where the bytes of media are kept. */
export type MediaAddress = { readonly kind: 'file'; readonly folder: string } | ({ readonly kind: 's3' } & BucketAddress)

/** A bucket, and how to get there. */
export interface BucketAddress {
  readonly bucket: string
  readonly region: string
  /** `undefined`: the one of AWS. */
  readonly endpoint: string | undefined
  /** `undefined`: found as AWS tools find them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

/** The settings in force. What is `undefined` was not set, and has no value of its own. */
export type Settings = Omit<
  ReadSettings,
  | 'databaseUrl'
  | 'pages'
  | 'natsUrl'
  | 'tlsCert'
  | 'tlsKey'
  | 'mediaStore'
  | 's3Bucket'
  | 's3Endpoint'
  | 's3Region'
  | 's3AccessKeyId'
  | 's3SecretAccessKey'
> & {
  readonly database: DatabaseAddress
  readonly pages: ReadonlySet<WebPage>
  readonly media: MediaAddress
  readonly limits: Limits
  /** Files of certificate and key: `undefined` means plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Each setting by its name, for those who want to know why the server does what it does. */
  readonly inForce: readonly SettingInForce[]
}

/** A setting, what holds, and who said so. */
export interface SettingInForce {
  readonly name: string
  readonly doc: string
  /** As it was written, or as it is by default; `undefined` when nothing was, and what then holds stands in `fallback`; never that of a secret. */
  readonly value: string | undefined
  /** Its value is not shown, set or not. */
  readonly secret: boolean
  /** The default as text, or in words. */
  readonly fallback: string
  readonly source: 'default' | 'environment' | 'file'
  /** `line 3 of /etc/parley.conf`, for one out of the file. */
  readonly place: string | undefined
}

/** A setting as the documentation shows it. */
export interface SettingDescription {
  name: string
  doc: string
  /** The default as text, or in words. */
  fallback: string
}

const limitNames = Object.keys(limitCatalogue) as LimitName[]

/** A bound in words. */
const amount = (value: number, unit: Limit['unit']) => (value === Number.POSITIVE_INFINITY ? 'unlimited' : `${value} ${unit}`)

/** All settings in the order of the documentation; the limits come last. */
export function describeSettings(): { settings: SettingDescription[]; limits: (SettingDescription & { original: string })[] } {
  const settings: Setting<unknown>[] = [configFile, ...Object.values(settingTable)]
  return {
    settings: settings.map(({ name, doc, fallback, otherwise = '' }) => ({
      name,
      doc,
      fallback: fallback ? `\`${fallback}\`` : otherwise,
    })),
    limits: limitNames.map((limitName) => {
      const { doc, open, original, unit }: Limit = limitCatalogue[limitName]
      return {
        name: limitSetting(limitName),
        doc,
        fallback: amount(open ?? original, unit),
        original: amount(original, unit),
      }
    }),
  }
}

/** What somebody wrote, and where. */
interface Written {
  value: string
  place: string
}

/** Reads a setting from what was written. A value that is empty, or nothing but blanks, counts as absent. */
function readOne<T>(setting: Setting<T>, written: Map<string, Written>): T | undefined {
  const { value = setting.fallback, place = '' } = written.get(setting.name) ?? {}
  if (value === undefined) return undefined
  try {
    return setting.read(value)
  } catch (error) {
    if (!(error instanceof Expectation)) throw error
    const shown = setting.secret ? '' : ` is ${quote(value)}, but`
    throw new SettingsError(`${setting.name}${shown} must be ${error.message}${place}`)
  }
}

/** A value in a message: on one line, and not longer than a line. */
function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
}

function writtenInEnvironment(env: Readonly<Record<string, string | undefined>>): Map<string, Written> {
  const written = new Map<string, Written>()
  for (const [name, value = ''] of Object.entries(env)) {
    if (name.startsWith('PARLEY_') && !notOurs.test(name) && value.trim() !== '') written.set(name, { value: value.trim(), place: '' })
  }
  return written
}

function writtenInFile(file: string): Map<string, Written> {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingsError(`${configFile.name} is ${quote(file)}, but it cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
  const written = new Map<string, Written>()
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    const place = ` (line ${index + 1} of ${file})`
    const entry = line.replace(/^\uFEFF/, '').trim()
    if (entry === '' || entry.startsWith('#')) continue
    const parts = /^(?:export\s+)?(\w+)\s*=\s*(.*)$/.exec(entry)
    // The line may hold a secret, so it is not repeated.
    if (!parts) throw new SettingsError(`A line of the settings file must be NAME=value${place}`)
    const [, name = '', raw = ''] = parts
    if (!name.startsWith('PARLEY_') || name === configFile.name)
      throw new SettingsError(`${name} is no setting for a settings file${place}`)
    if (written.has(name)) throw new SettingsError(`${name} is set twice in the settings file${place}`)
    const value = (/^(["'])(.*)\1$/.exec(raw)?.[2] ?? raw).trim()
    if (!notOurs.test(name)) written.set(name, { value, place })
  }
  for (const [name, { value }] of written) if (value === '') written.delete(name)
  return written
}

function refuseUnknown(written: Map<string, Written>): void {
  const known = [configFile, ...Object.values(settingTable)].map(({ name }) => name as string).concat(limitNames.map(limitSetting))
  for (const [name, { place }] of written) {
    if (known.includes(name)) continue
    const similar = closestMatch(name, known, { maxDistance: 5 })
    throw new SettingsError(`${name} is not a setting of Parley${similar ? `; did you mean ${similar}?` : ''}${place}`)
  }
}

function mapKeys<K extends string, V>(keys: readonly K[], valueAt: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, valueAt(key)])) as Record<K, V>
}

/**
 * The settings from the environment and from the file that `PARLEY_CONFIG_FILE` names; the environment wins.
 * Throws `SettingsError` for the first setting that is wrong, unknown or incomplete.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const environment = writtenInEnvironment(env)
  const file = readOne(configFile, environment)
  const written = new Map([...(file ? writtenInFile(file) : []), ...environment])
  refuseUnknown(written)

  const names = Object.keys(settingTable) as (keyof Table)[]
  const {
    databaseUrl,
    natsUrl: _,
    tlsCert,
    tlsKey,
    mediaStore,
    s3Bucket,
    s3Endpoint,
    s3Region,
    s3AccessKeyId,
    s3SecretAccessKey,
    ...settings
  } = mapKeys(names, (key) => readOne<unknown>(settingTable[key], written)) as ReadSettings
  const tls = together({ tlsCert, tlsKey }, 'TLS needs a certificate and a key')
  const credentials = together({ s3AccessKeyId, s3SecretAccessKey }, 'an access key has an id and a secret')
  if (mediaStore === 's3' && s3Bucket === undefined)
    throw new SettingsError(`${settingTable.s3Bucket.name} is missing: ${settingTable.mediaStore.name} is "s3", which needs a bucket`)

  const changes = mapKeys(limitNames, (name) => readOne({ name: limitSetting(name), doc: '', read: limit }, written))
  const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const limits = limitsOf(settings.limitsProfile, changed)
  const pages = settings.pages ?? new Set(settings.mode === 'development' ? webPages : [])
  return Object.freeze({
    ...settings,
    inForce: Object.freeze(explain(written, { limits, pages })),
    pages,
    database: Object.freeze(databaseUrl ?? { kind: 'sqlite', file: join(settings.dataDir, 'parley.db') }),
    limits: Object.freeze(limits),
    media: Object.freeze<MediaAddress>(
      mediaStore === 's3' && s3Bucket !== undefined
        ? {
            kind: 's3',
            bucket: s3Bucket,
            region: s3Region,
            endpoint: s3Endpoint,
            credentials: credentials && { accessKeyId: credentials.s3AccessKeyId, secretAccessKey: credentials.s3SecretAccessKey },
          }
        : { kind: 'file', folder: join(settings.dataDir, 'media') },
    ),
    tls: tls && Object.freeze({ cert: tls.tlsCert, key: tls.tlsKey }),
  })
}

/** What holds for each setting, and why. */
function explain(written: Map<string, Written>, { limits, pages }: { limits: Limits; pages: ReadonlySet<WebPage> }): SettingInForce[] {
  const sourceOf = (name: string): Pick<SettingInForce, 'source' | 'place'> => {
    const place = written.get(name)?.place
    if (place === undefined) return { source: 'default', place: undefined }
    return place === '' ? { source: 'environment', place: undefined } : { source: 'file', place: place.slice(2, -1) }
  }
  const settings: Setting<unknown>[] = [configFile, ...Object.values(settingTable)]
  const others = settings.map(({ name, doc, fallback, otherwise = '', secret = false }): SettingInForce => {
    const value = name === settingTable.pages.name ? [...pages].join(',') || 'none' : (written.get(name)?.value ?? fallback)
    return { name, doc, value: secret ? undefined : withoutPasswords(value), secret, fallback: fallback ?? otherwise, ...sourceOf(name) }
  })
  const bounds = limitNames.map((limitName): SettingInForce => {
    const { doc, open, original, unit }: Limit = limitCatalogue[limitName]
    const name = limitSetting(limitName)
    const value = limits[limitName]
    return {
      name,
      doc,
      value: value === Number.POSITIVE_INFINITY ? 'unlimited' : String(value),
      secret: false,
      fallback: amount(open ?? original, unit),
      ...sourceOf(name),
    }
  })
  return [...others, ...bounds]
}

/** Passwords in URLs are secrets, wherever they stand. */
const withoutPasswords = (value: string | undefined) => value?.replace(/:\/\/[^/\s,]*@/g, '://[hidden]@')

/** Settings that make sense together only: all of them, or none. */
function together<K extends keyof Table>(pair: Record<K, string | undefined>, why: string): Record<K, string> | undefined {
  const names = Object.keys(pair) as K[]
  const absent = names.find((name) => pair[name] === undefined)
  const present = names.find((name) => pair[name] !== undefined)
  if (present === undefined) return undefined
  if (absent === undefined) return pair as Record<K, string>
  throw new SettingsError(`${settingTable[absent].name} is missing: ${why}, and ${settingTable[present].name} is set`)
}
