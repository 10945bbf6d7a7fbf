import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { ParleyError } from '@parley/protocol'
import type { Vault } from '../../base/vault.ts'
import type { PushCredentialRow } from '../../storage/schema.ts'

/** What a credential keeps to itself. */
export interface CredentialSecrets {
  certificate: string | null
  private_key: string | null
  api_key: string | null
  secret: string | null
}

/** With what a provider lets us in. */
export type ProviderAccess = ApnsTokenAccess | ApnsCertificateAccess | FcmAccess

export interface ApnsTokenAccess {
  method: 'apns token'
  sandbox: boolean
  key: KeyObject
  key_id: string
  team_id: string
  topic: string
}

export interface ApnsCertificateAccess {
  method: 'apns certificate'
  sandbox: boolean
  certificate: string
  private_key: string
  topic: string
}

export interface FcmAccess {
  method: 'fcm service account'
  project_id: string
  client_email: string
  key: KeyObject
}

/** Why a credential cannot be used, in words that its owner can act on. */
export class CredentialProblem extends Error {}

export const openSecrets = (ctx: { vault: Vault }, { secrets }: Pick<PushCredentialRow, 'secrets'>): CredentialSecrets =>
  JSON.parse(ctx.vault.open(secrets)) as CredentialSecrets

export const lockSecrets = (ctx: { vault: Vault }, secrets: CredentialSecrets): string => ctx.vault.lock(JSON.stringify(secrets))

/** PEM as it was meant: tools that put a text on one line write its line breaks as `\n`. */
const pemText = (text: string) => `${text.replaceAll('\\n', '\n').trim()}\n`

/** By the locked secrets, which are others with every change. */
const understood = new Map<string, ProviderAccess>()
const accessesKept = 1_000

/** What a credential is good for. @throws CredentialProblem */
export function readAccess(ctx: { vault: Vault }, row: PushCredentialRow): ProviderAccess {
  const known = understood.get(row.secrets)
  if (known) return known
  const secrets = openSecrets(ctx, row)
  const access = row.type === 'apn' ? readApns(row, secrets) : readFcm(secrets)
  if (understood.size >= accessesKept) understood.clear()
  understood.set(row.secrets, access)
  return access
}

function readApns(row: PushCredentialRow, { certificate, private_key }: CredentialSecrets): ProviderAccess {
  const sandbox = row.sandbox === 1
  if (!private_key) throw new CredentialProblem('PrivateKey is missing: the .p8 key of a token, or the key of Certificate')
  if (certificate) {
    const topic = row.topic ?? topicOf(certificate)
    if (!topic) throw new CredentialProblem('Topic is missing, and the certificate names no app: the bundle id of the app is expected')
    return { method: 'apns certificate', sandbox, certificate: pemText(certificate), private_key: pemText(private_key), topic }
  }
  const { key_id, team_id, topic } = row
  if (!key_id || !team_id || !topic) {
    const missing = Object.entries({ KeyId: key_id, TeamId: team_id, Topic: topic }).filter(([, value]) => !value)
    throw new CredentialProblem(`${missing.map(([name]) => name).join(', ')} missing: a key without Certificate signs tokens with them`)
  }
  return { method: 'apns token', sandbox, key: createPrivateKey(pemText(private_key)), key_id, team_id, topic }
}

/** The app that a certificate of Apple is for: its subject has the bundle id as user id. */
const topicOf = (certificate: string) => /^UID=(.+)$/m.exec(new X509Certificate(pemText(certificate)).subject)?.[1]

function readFcm({ secret, api_key }: CredentialSecrets): FcmAccess {
  const text = secret ?? api_key
  if (!text) throw new CredentialProblem('Secret is missing: the JSON of a service account')
  if (!text.trimStart().startsWith('{'))
    throw new CredentialProblem('It holds a server key, which Google takes no more: put the JSON of a service account into Secret')
  const { project_id, client_email, private_key } = JSON.parse(text) as Record<string, string>
  return {
    method: 'fcm service account',
    project_id: project_id as string,
    client_email: client_email as string,
    key: createPrivateKey(pemText(private_key as string)),
  }
}

/** Refuses what is garbled when it is saved, and not when somebody waits for a push. What is missing may still come. */
export function assertReadable(
  { type }: Pick<PushCredentialRow, 'type'>,
  { certificate, private_key, secret, api_key }: CredentialSecrets,
): void {
  const key =
    private_key === null ? undefined : attempt('private_key', 'a private key as PEM', () => createPrivateKey(pemText(private_key)))
  if (certificate !== null) {
    const read = attempt('certificate', 'a certificate as PEM', () => new X509Certificate(pemText(certificate)))
    if (key && !read.checkPrivateKey(key)) throw invalid('private_key', 'the key of Certificate')
  } else if (type === 'apn' && key && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw invalid('private_key', 'the key of Certificate, or a .p8 key of Apple')
  assertServiceAccount('secret', secret)
  assertServiceAccount('api_key', api_key)
}

/** A server key is let in, because unmodified apps send one; what looks like a service account has to be one. */
function assertServiceAccount(field: string, text: string | null): void {
  if (!text?.trimStart().startsWith('{')) return
  attempt(field, 'the JSON of a service account, with project_id, client_email and private_key', () => {
    const { project_id, client_email, private_key } = JSON.parse(text) as Record<string, unknown>
    if (typeof client_email !== 'string' || typeof private_key !== 'string') throw new TypeError('incomplete')
    if (typeof project_id !== 'string' || !/^[a-z0-9.:-]+$/.test(project_id)) throw new TypeError('no project')
    if (createPrivateKey(pemText(private_key)).asymmetricKeyType !== 'rsa') throw new TypeError('no RSA key')
  })
}

function attempt<T>(field: string, expected: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw invalid(field, expected)
  }
}

const invalid = (field: string, expected: string) =>
  new ParleyError('parameter-invalid', { text: `Invalid parameter ${field}: ${expected} is expected`, details: { field } })
