import { ParleyError, type TokenCheckResource } from '@parley/protocol'
import type { Context } from '../context.ts'
import { chatGrantOf, type ExaminedToken, lifeOf, longestLifeSeconds, type TokenCheck, tokenChecks } from './token-checks.ts'

export type ExplainedToken = Omit<TokenCheckResource, 'date_checked'>
type Part = TokenCheckResource['claims'][number]

/**
 * Runs every check that can be run, and says what each has found. It is the same checks that decide about connections; keys and services of
 * other accounts are not there, as for anybody else. The token is kept nowhere.
 */
export async function explainAccessToken(ctx: Context, account_sid: string, token: string): Promise<ExplainedToken> {
  const examined: ExaminedToken = { token, now: Math.floor(ctx.clock.now() / 1_000), within: account_sid }
  const checks: ExplainedToken['checks'] = []
  let refusal: ParleyError | undefined
  for (const check of tokenChecks) {
    const { name, part } = check
    const failure = check.applies(examined) ? await failureOf(ctx, check, examined) : skipped
    if (failure === skipped) {
      checks.push({ name, part, state: 'skipped', text: 'cannot be told, because of what was found before', code: null, advice: null })
      continue
    }
    if (failure instanceof ParleyError) refusal ??= failure
    checks.push({
      name,
      part,
      state: failure ? 'failed' : 'passed',
      text: failure ? String(failure.details?.['hint']) : (found[name]?.(examined) ?? ''),
      code: failure?.code ?? null,
      advice: failure ? (advice[name] ?? null) : null,
    })
  }
  return {
    is_valid: !refusal,
    code: refusal?.code ?? null,
    message: refusal?.message ?? null,
    header: partsOf(examined.header, headerMeanings),
    claims: partsOf(examined.claims, claimMeanings, examined.now),
    checks,
  }
}

const skipped = Symbol('skipped')

async function failureOf(ctx: Context, check: TokenCheck, examined: ExaminedToken): Promise<ParleyError | undefined> {
  try {
    await check.run(ctx, examined)
    return undefined
  } catch (error) {
    if (error instanceof ParleyError) return error
    throw error
  }
}

/** What a check that was passed has found. */
const found: Record<string, (examined: ExaminedToken) => string> = {
  form: () => 'three parts of base64url, the first two JSON',
  header: ({ header }) => `signed by ${header?.alg}`,
  signer: ({ key }) => `the API key ${key?.sid}${key?.friendly_name ? `, “${key.friendly_name}”` : ''}, of this account`,
  signature: ({ key }) => `made with the secret of ${key?.sid}`,
  expiry: ({ claims, now }) => `expires ${moment(claims?.exp as number, now)}`,
  start: ({ claims, now }) => (typeof claims?.nbf === 'number' ? `valid since ${moment(claims.nbf, now)}` : 'no nbf: valid at once'),
  life: (examined) => `lives ${lifeOf(examined)} seconds; ${longestLifeSeconds} are allowed`,
  grants: () => 'there are grants',
  identity: ({ identity = '' }) => identity,
  grant: (examined) => `for the conversation service ${chatGrantOf(examined)['service_sid']}`,
  service: ({ service }) => `${service?.sid}, “${service?.friendly_name}”, of this account`,
}

/** What to do when a check fails. */
const advice: Record<string, string> = {
  form: 'Copy all of the token: three parts with dots between, without quotes and without “Bearer”.',
  header: 'Make it with a helper library, or by `parley token chat`: they write the header that is expected.',
  signer:
    'Sign it with an API key of this account that was not revoked: its SID, SK…, is iss, and the SID of the account, AC…, is sub. The auth token of an account signs no tokens.',
  signature: 'Sign it with the secret that was shown when the API key was made, as it is: not with the auth token, and not decoded.',
  expiry: 'Make a new one. When new ones have expired, too, the clock of the machine that makes them is wrong.',
  start: 'Set the clock of the machine that makes tokens, or leave nbf away.',
  life: `Ask for a ttl of ${longestLifeSeconds} seconds, a day, or less; clients are told before it ends, and bring another.`,
  grants: 'Add a chat grant before it is made: `token.addGrant(new ChatGrant({ serviceSid }))`.',
  identity: 'Say who the user is: `new AccessToken(accountSid, keySid, secret, { identity })`.',
  grant:
    'Name the conversation service in the chat grant: `new ChatGrant({ serviceSid: "IS…" })`. MG… is a messaging service, which is another thing.',
  service: 'Take the SID of a service of this account: `GET /v1/Services` lists them.',
}

const headerMeanings: Meanings = {
  alg: () => 'how it is signed: HS256, HS384 or HS512',
  typ: () => 'what it is: JWT',
  cty: () => 'what its content is: twilio-fpa;v=1, an access token',
  kid: () => 'names a key; the one in iss counts',
  twr: () => 'a region of the original; it does not matter here',
}

type Meanings = Record<string, (value: unknown, now: number) => string>

const instantMeaning = (words: string) => (value: unknown, now: number) =>
  typeof value === 'number' ? `${words} ${moment(value, now)}` : `${words}: seconds since 1970 are expected`

const claimMeanings: Meanings = {
  jti: () => 'names this token among others',
  iss: () => 'the API key that signed it',
  sub: () => 'the account of that key',
  iat: instantMeaning('made'),
  nbf: instantMeaning('valid from'),
  exp: instantMeaning('expires'),
  'grants.identity': () => 'who the user is',
  'grants.chat.service_sid': () => 'the conversation service that it opens',
  'grants.chat.deployment_role_sid': () => 'the role in the service that a new user gets',
  'grants.chat.push_credential_sid': () => 'the credential for pushes to devices that register with it',
  'grants.chat.endpoint_id': () => 'what the app calls the device',
}

/** Deeper than this, and more of them than this, no token goes that anybody has to look at. */
const mostParts = 100

/** The parts of an object by their paths: members of objects one by one, all else as it is. */
function partsOf(of: object | undefined, meanings: Meanings, now = 0): Part[] {
  const parts: Part[] = []
  const add = (value: object, path: string) => {
    for (const [key, inside] of Object.entries(value)) {
      if (parts.length >= mostParts) return
      const name = path + key
      if (typeof inside === 'object' && inside !== null && !Array.isArray(inside) && name.split('.').length < 3) add(inside, `${name}.`)
      else parts.push({ name, value: textOf(inside), description: meanings[name]?.(inside, now) ?? 'not looked at' })
    }
  }
  add(of ?? {}, '')
  return parts
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null'))

/** `2026-05-06T07:08:09Z, 5 minutes ago` */
function moment(seconds: number, now: number): string {
  const milliseconds = Math.round(seconds * 1_000)
  if (!(Math.abs(milliseconds) <= 8.64e15)) return 'at no date there is'
  const [amount, unit] = scaled(Math.abs(Math.round(seconds - now)))
  const span = `${amount} ${unit}${amount === 1 ? '' : 's'}`
  return `${new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')}, ${seconds < now ? `${span} ago` : `in ${span}`}`
}

function scaled(seconds: number): [number, string] {
  if (seconds < 120) return [seconds, 'second']
  if (seconds < 7_200) return [Math.round(seconds / 60), 'minute']
  return seconds < 172_800 ? [Math.round(seconds / 3_600), 'hour'] : [Math.round(seconds / 86_400), 'day']
}
