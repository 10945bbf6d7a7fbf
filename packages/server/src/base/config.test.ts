import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { limitCatalogue, limitSetting, limitsOf } from '@parley/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeSettings, readSettings, SettingsError } from './config.ts'

const hex = (digit: string) => digit.repeat(32)

describe('settings that nobody sets', () => {
  it('have the defaults of the documentation', () => {
    expect(readSettings({})).toEqual({
      port: 8480,
      host: '127.0.0.1',
      publicUrl: undefined,
      mode: 'production',
      pages: new Set(),
      consoleSessionMinutes: 720,
      dataDir: resolve('.parley'),
      database: { kind: 'sqlite', file: resolve('.parley/parley.db') },
      sqliteSynchronous: 'full',
      postgresPool: 10,
      secretKey: undefined,
      accountSid: undefined,
      authToken: undefined,
      apiKeySid: undefined,
      apiKeySecret: undefined,
      serviceSid: undefined,
      media: { kind: 'file', folder: resolve('.parley/media') },
      mediaUrlSeconds: 300,
      pushSubject: undefined,
      pushLogDays: 7,
      pushConcurrency: 50,
      pushFcmUrl: 'https://fcm.googleapis.com/',
      pushOauthUrl: 'https://oauth2.googleapis.com/token',
      pushApnsUrl: 'https://api.push.apple.com/',
      pushApnsSandboxUrl: 'https://api.sandbox.push.apple.com/',
      pushCa: undefined,
      webhookPreSeconds: 5,
      webhookWithoutAnswer: 'proceed',
      webhookWithoutHeader: 'silent',
      webhookPostSeconds: 15,
      webhookRetries: 3,
      webhookRetrySeconds: 10,
      webhookConcurrency: 64,
      webhookRetentionDays: 7,
      limitsProfile: 'open',
      limits: limitsOf('open'),
      inForce: expect.any(Array),
      tls: undefined,
      logLevel: 'info',
    })
  })

  it('are also those that are set to nothing', () => {
    expect(readSettings({ PARLEY_PORT: '', PARLEY_HOST: '  ', PARLEY_AUTH_TOKEN: '' })).toEqual(readSettings({}))
  })

  it('cannot be changed afterwards', () => {
    const settings = readSettings({})
    for (const part of [settings, settings.limits, settings.database, settings.media]) expect(Object.isFrozen(part)).toBe(true)
  })
})

describe('a setting', () => {
  it.each([
    ['PARLEY_PORT', '0', { port: 0 }],
    ['PARLEY_PORT', ' 65535 ', { port: 65_535 }],
    [
      'PARLEY_ALLOWED_TARGETS',
      'Hooks.internal, 10.0.0.0/8',
      { allowedTargets: [{ host: 'hooks.internal' }, { network: expect.anything() }] },
    ],
    ['PARLEY_HOST', '::', { host: '::' }],
    ['PARLEY_HOST', 'localhost', { host: 'localhost' }],
    [
      'PARLEY_DATA_DIR',
      '/var/lib/parley',
      {
        dataDir: '/var/lib/parley',
        database: { kind: 'sqlite', file: '/var/lib/parley/parley.db' },
        media: { kind: 'file', folder: '/var/lib/parley/media' },
      },
    ],
    ['PARLEY_MEDIA_URL_SECONDS', '60', { mediaUrlSeconds: 60 }],
    ['PARLEY_DATABASE_URL', 'sqlite:/srv/chat.db', { database: { kind: 'sqlite', file: '/srv/chat.db' } }],
    ['PARLEY_DATABASE_URL', 'sqlite:chat.db', { database: { kind: 'sqlite', file: resolve('chat.db') } }],
    ['PARLEY_DATABASE_URL', 'postgres://u:p@db:5432/chat', { database: { kind: 'postgres', url: 'postgres://u:p@db:5432/chat' } }],
    ['PARLEY_DATABASE_URL', 'postgresql:///chat?host=/run/pg', { database: { kind: 'postgres', url: 'postgresql:///chat?host=/run/pg' } }],
    ['PARLEY_PUBLIC_URL', 'https://chat.example.org/', { publicUrl: 'https://chat.example.org' }],
    ['PARLEY_PUBLIC_URL', 'http://10.0.0.1:8480', { publicUrl: 'http://10.0.0.1:8480' }],
    ['PARLEY_ACCOUNT_SID', `AC${hex('A')}`, { accountSid: `AC${hex('a')}` }],
    ['PARLEY_API_KEY_SID', `SK${hex('1')}`, { apiKeySid: `SK${hex('1')}` }],
    ['PARLEY_SERVICE_SID', `IS${hex('2')}`, { serviceSid: `IS${hex('2')}` }],
    ['PARLEY_AUTH_TOKEN', hex('x'), { authToken: hex('x') }],
    ['PARLEY_API_KEY_SECRET', hex('Z'), { apiKeySecret: hex('Z') }],
    ['PARLEY_SECRET_KEY', 'AB'.repeat(32), { secretKey: 'ab'.repeat(32) }],
    ['PARLEY_MODE', 'development', { mode: 'development', pages: new Set(['quickstart', 'console']) }],
    ['PARLEY_PAGES', 'quickstart', { pages: new Set(['quickstart']) }],
    ['PARLEY_PAGES', 'none', { pages: new Set() }],
    ['PARLEY_LIMITS', 'twilio', { limitsProfile: 'twilio', limits: limitsOf('twilio') }],
    ['PARLEY_SQLITE_SYNCHRONOUS', 'normal', { sqliteSynchronous: 'normal' }],
    ['PARLEY_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['PARLEY_POSTGRES_POOL', '25', { postgresPool: 25 }],
  ])('%s=%s is understood', (name, value, meaning) => {
    expect(readSettings({ [name]: value })).toMatchObject(meaning)
  })

  it.each([
    ['PARLEY_PORT', '70000', 'PARLEY_PORT is "70000", but must be a whole number from 0 to 65535'],
    ['PARLEY_PORT', '-1', 'PARLEY_PORT is "-1", but must be'],
    ['PARLEY_PORT', '80.5', 'PARLEY_PORT is "80.5", but must be'],
    ['PARLEY_PORT', 'tcp://10.3.2.1:80', 'Kubernetes'],
    ['PARLEY_HOST', 'http://localhost', 'PARLEY_HOST is "http://localhost", but must be a host name or an IP address'],
    ['PARLEY_DATABASE_URL', 'mysql://root:hunter2@db/chat', 'PARLEY_DATABASE_URL must be sqlite:<file> or postgres://'],
    [
      'PARLEY_DATABASE_URL',
      'postgres://u:hunter2@db',
      'PARLEY_DATABASE_URL must be postgres://user:password@host:port/database, and the name',
    ],
    ['PARLEY_DATABASE_URL', 'sqlite:', 'PARLEY_DATABASE_URL must be sqlite:<file>'],
    ['PARLEY_DATABASE_URL', 'sqlite://chat.db', 'PARLEY_DATABASE_URL must be sqlite:<file>'],
    ['PARLEY_NATS_URL', 'localhost:4222', 'PARLEY_NATS_URL must be nats://host:port'],
    ['PARLEY_NATS_URL', 'nats://localhost:4222', 'PARLEY_NATS_URL must be unset: this build has no NATS yet'],
    ['PARLEY_PUBLIC_URL', 'chat.example.org', 'PARLEY_PUBLIC_URL is "chat.example.org", but must be an absolute http or https URL'],
    ['PARLEY_PUBLIC_URL', 'https://example.org/chat', 'without a path'],
    ['PARLEY_PUBLIC_URL', 'https://example.org/?', 'without a path'],
    ['PARLEY_PUBLIC_URL', 'ftp://example.org', 'http or https'],
    ['PARLEY_ACCOUNT_SID', `SK${hex('1')}`, 'but must be AC and 32 hexadecimal digits'],
    ['PARLEY_API_KEY_SID', 'SK1', 'but must be SK and 32 hexadecimal digits'],
    ['PARLEY_SERVICE_SID', 'default', 'but must be IS and 32 hexadecimal digits'],
    ['PARLEY_AUTH_TOKEN', 'hunter2', 'PARLEY_AUTH_TOKEN must be exactly 32 letters and digits'],
    ['PARLEY_AUTH_TOKEN', `${'hunter2'.repeat(5).slice(0, 31)}_`, 'PARLEY_AUTH_TOKEN must be exactly 32 letters and digits'],
    ['PARLEY_API_KEY_SECRET', 'hunter2', 'PARLEY_API_KEY_SECRET must be exactly 32 letters and digits'],
    ['PARLEY_SECRET_KEY', 'hunter2', 'PARLEY_SECRET_KEY must be 64 hexadecimal digits'],
    ['PARLEY_PAGES', 'chat', 'PARLEY_PAGES is "chat", but must be none, or some of quickstart, console'],
    ['PARLEY_MODE', 'prod', 'PARLEY_MODE is "prod", but must be one of development, production'],
    ['PARLEY_LIMITS', 'none', 'PARLEY_LIMITS is "none", but must be one of open, twilio'],
    ['PARLEY_SQLITE_SYNCHRONOUS', 'off', 'but must be one of full, normal'],
    ['PARLEY_LOG_LEVEL', 'verbose', 'but must be one of debug, info, warn, error, silent'],
    ['PARLEY_POSTGRES_POOL', '0', 'but must be a whole number from 1 to 1000'],
    ['PARLEY_LIMIT_MESSAGE_BODY_BYTES', '0', 'but must be a whole number greater than 0, or unlimited'],
    ['PARLEY_LIMIT_MESSAGE_BODY_BYTES', '32k', 'but must be a whole number greater than 0, or unlimited'],
  ])('%s=%s is refused with a reason, on one line, and no secret is told', (name, value, reason) => {
    const refusal = refusalOf({ [name]: value })
    expect(refusal).toContain(reason)
    expect(refusal).toMatch(new RegExp(`^${name} `))
    expect(refusal).not.toContain('\n')
    expect(refusal).not.toContain('hunter2')
  })

  it('that is long or has several lines is shown on one short line', () => {
    const refusal = refusalOf({ PARLEY_MODE: `a\nb${'c'.repeat(10_000)}` })
    expect(refusal).not.toContain('\n')
    expect(refusal.length).toBeLessThan(200)
  })
})

describe('limits', () => {
  it.each(Object.keys(limitCatalogue) as (keyof typeof limitCatalogue)[])('%s has a setting of its own', (name) => {
    expect(readSettings({ [limitSetting(name)]: '7' }).limits).toEqual({ ...limitsOf('open'), [name]: 7 })
  })

  it('can be lifted', () => {
    const { limits } = readSettings({ PARLEY_LIMITS: 'twilio', PARLEY_LIMIT_ACTIONS_PER_SECOND: 'unlimited' })
    expect(limits).toEqual(limitsOf('twilio', { actionsPerSecond: Number.POSITIVE_INFINITY }))
  })
})

describe('settings that belong together', () => {
  it('are a TLS certificate and its key', () => {
    expect(readSettings({ PARLEY_TLS_CERT: '/tls/cert.pem', PARLEY_TLS_KEY: '/tls/key.pem' }).tls).toEqual({
      cert: '/tls/cert.pem',
      key: '/tls/key.pem',
    })
    expect(refusalOf({ PARLEY_TLS_CERT: '/tls/cert.pem' })).toMatch(/^PARLEY_TLS_KEY is missing/)
    expect(refusalOf({ PARLEY_TLS_KEY: '/tls/key.pem' })).toMatch(/^PARLEY_TLS_CERT is missing/)
  })

  it('are those of a bucket', () => {
    const bucket = { PARLEY_MEDIA_STORE: 's3', PARLEY_S3_BUCKET: 'chat-media' }
    expect(readSettings(bucket).media).toEqual({
      kind: 's3',
      bucket: 'chat-media',
      region: 'us-east-1',
      endpoint: undefined,
      credentials: undefined,
    })
    const elsewhere = { PARLEY_S3_ENDPOINT: 'http://minio.internal:9000', PARLEY_S3_REGION: 'eu-central-1' }
    const key = { PARLEY_S3_ACCESS_KEY_ID: 'AKIA1', PARLEY_S3_SECRET_ACCESS_KEY: 's3cret' }
    expect(readSettings({ ...bucket, ...elsewhere, ...key }).media).toEqual({
      kind: 's3',
      bucket: 'chat-media',
      region: 'eu-central-1',
      endpoint: 'http://minio.internal:9000/',
      credentials: { accessKeyId: 'AKIA1', secretAccessKey: 's3cret' },
    })
    expect(refusalOf({ PARLEY_MEDIA_STORE: 's3' })).toMatch(/^PARLEY_S3_BUCKET is missing/)
    expect(refusalOf({ PARLEY_S3_ACCESS_KEY_ID: 'AKIA1' })).toMatch(/^PARLEY_S3_SECRET_ACCESS_KEY is missing/)
    expect(refusalOf({ PARLEY_S3_ENDPOINT: 'minio.internal' })).toMatch(/^PARLEY_S3_ENDPOINT is "minio.internal", but must be an absolute/)
    expect(refusalOf({ PARLEY_S3_BUCKET: 'two words' })).toMatch(/^PARLEY_S3_BUCKET/)
  })
})

describe('a name that is no setting', () => {
  it.each([
    ['PARLEY_PROT', 'PARLEY_PORT'],
    ['PARLEY_DATABSE_URL', 'PARLEY_DATABASE_URL'],
    ['PARLEY_LIMIT_MESSAGE_BODY_BYTE', 'PARLEY_LIMIT_MESSAGE_BODY_BYTES'],
    ['PARLEY_CONFIG', 'PARLEY_CONFIG_FILE'],
  ])('%s is refused, and %s is suggested', (name, meant) => {
    expect(refusalOf({ [name]: '1' })).toBe(`${name} is not a setting of Parley; did you mean ${meant}?`)
  })

  it('is refused without a suggestion when nothing is similar', () => {
    expect(refusalOf({ PARLEY_COMPLETELY_DIFFERENT_THING: '1' })).toBe('PARLEY_COMPLETELY_DIFFERENT_THING is not a setting of Parley')
  })

  it.each(['PATH', 'PARLEYPORT', 'PARLEY_TEST_POSTGRES_URL', 'PARLEY_REFERENCE', 'PARLEY_SERVICE_PORT_HTTP', 'PARLEY_PORT_8480_TCP_ADDR'])(
    '%s belongs to somebody else',
    (name) => {
      expect(readSettings({ [name]: 'whatever' })).toEqual(readSettings({}))
    },
  )
})

describe('the settings file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-settings-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const written = (content: string, env: Record<string, string> = {}) => {
    const file = join(folder, 'parley.conf')
    writeFileSync(file, content)
    return { PARLEY_CONFIG_FILE: file, ...env }
  }

  it('holds a setting a line, comments and empty lines', () => {
    const settings = readSettings(
      written('\uFEFF# how we listen\r\n\r\nPARLEY_PORT = 9000\r\n PARLEY_HOST="::"\nexport PARLEY_MODE=development\nPARLEY_AUTH_TOKEN=\n'),
    )
    expect(settings).toMatchObject({ port: 9000, host: '::', mode: 'development', authToken: undefined })
  })

  it('gives way to the environment', () => {
    expect(readSettings(written('PARLEY_PORT=9000', { PARLEY_PORT: '9001' })).port).toBe(9001)
    expect(readSettings(written('PARLEY_PORT=9000', { PARLEY_PORT: '' })).port).toBe(9000)
  })

  it.each([
    ['PARLEY_PORT=abc', /^PARLEY_PORT is "abc", but must be a whole number from 0 to 65535 \(line 2 of .*parley\.conf\)$/],
    ['PARLEY_PROT=1', /^PARLEY_PROT is not a setting of Parley; did you mean PARLEY_PORT\? \(line 2 of /],
    ['PORT=1', /^PORT is no setting for a settings file \(line 2 of /],
    ['PARLEY_CONFIG_FILE=other.conf', /^PARLEY_CONFIG_FILE is no setting for a settings file \(line 2 of /],
    ['hunter2', /^A line of the settings file must be NAME=value \(line 2 of /],
    ['PARLEY_AUTH_TOKEN=hunter2', /^PARLEY_AUTH_TOKEN must be exactly 32 letters and digits \(A-Z, a-z, 0-9\) \(line 2 of /],
    ['PARLEY_PORT=1\nPARLEY_PORT=2', /^PARLEY_PORT is set twice in the settings file \(line 3 of /],
  ])('with the line %j is refused, and the line is named', (line, reason) => {
    const refusal = refusalOf(written(`# first\n${line}`))
    expect(refusal).toMatch(reason)
    expect(refusal).not.toContain('hunter2')
  })

  it('has to be there when it is named', () => {
    expect(refusalOf({ PARLEY_CONFIG_FILE: join(folder, 'absent') })).toMatch(
      /^PARLEY_CONFIG_FILE is ".*absent", but it cannot be read: ENOENT$/,
    )
  })
})

describe('the documentation', () => {
  it('describes every setting once', () => {
    const { settings, limits } = describeSettings()
    const names = [...settings, ...limits].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(limits).toHaveLength(Object.keys(limitCatalogue).length)
    for (const { name, doc, fallback } of [...settings, ...limits])
      expect(`${name}: ${doc} (${fallback})`).toMatch(/^PARLEY_[A-Z0-9_]+: .{10,} \(.+\)$/)
  })
})

function refusalOf(env: Record<string, string>): string {
  try {
    readSettings(env)
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error(`${JSON.stringify(env)} was accepted`)
}
