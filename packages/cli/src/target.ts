import { Problem } from './problem.ts'
import { findProfile, type Profile, readProfiles } from './profiles.ts'

/** What a command line may say about the server to talk to. */
export interface TargetOptions {
  profile?: string
  url?: string
  service?: string
}

/** The server to talk to, who says that it is the one, and how to sign in. */
export interface Target extends Profile {
  /** `profile dev`, `environment` */
  source: string
}

const localUrl = 'http://127.0.0.1:8480'

/** The variables that say which server and who: all but the first two mean the same to the server itself. */
export const targetVariables = {
  PARLEY_PROFILE: 'name of the profile to take',
  PARLEY_URL: `address of the server; ${localUrl} when only credentials are given`,
  PARLEY_ACCOUNT_SID: 'account SID, `AC…`',
  PARLEY_AUTH_TOKEN: 'auth token of the account',
  PARLEY_API_KEY_SID: 'SID of an API key, `SK…`; taken before the auth token',
  PARLEY_API_KEY_SECRET: 'secret of that key',
  PARLEY_SERVICE_SID: 'service to work on, `IS…`; the default service of the account when absent',
} as const

/**
 * Finds the server: the profile that was named, else the environment, else the default profile. Credentials belong to a URL: those of a profile
 * are never sent to another one.
 *
 * @throws Problem when nobody says anything
 */
export function findTarget(options: TargetOptions, env: NodeJS.ProcessEnv = process.env): Target {
  const named = options.profile ?? (options.url === undefined ? env['PARLEY_PROFILE'] || undefined : undefined)
  const target = named === undefined ? unnamed(options, env) : fromProfile(named)
  if (options.url !== undefined && originOf(options.url) !== target.url)
    throw new Problem(`The profile ${named} is for ${target.url}, not for ${options.url}.`, { ending: 'usage' })
  return { ...target, ...(options.service ? { service_sid: options.service } : {}) }
}

function fromProfile(name: string): Target {
  const profile = findProfile(name)
  return { ...profile, url: originOf(profile.url), source: `profile ${name}` }
}

function unnamed({ url }: TargetOptions, env: NodeJS.ProcessEnv): Target {
  const given = fromEnvironment(env)
  if (given && (url === undefined || env['PARLEY_URL'] === undefined || originOf(url) === given.url))
    return { ...given, ...(url === undefined ? {} : { url: originOf(url) }) }
  const kept = readProfiles()
  const name =
    url === undefined ? kept.default : Object.keys(kept.profiles).find((one) => originOf(findProfile(one, kept).url) === originOf(url))
  if (name !== undefined && name !== null) return fromProfile(name)
  if (url !== undefined) return { url: originOf(url), source: '--url' }
  throw new Problem('Which server? There is no profile, and the environment names none.', {
    ending: 'usage',
    advice: ['Start one here: parley dev', 'Or keep the address and credentials of another: parley profiles add'],
  })
}

function fromEnvironment(env: NodeJS.ProcessEnv): Target | undefined {
  const value = (name: keyof typeof targetVariables) => env[name]?.trim() || undefined
  const url = value('PARLEY_URL')
  const found = {
    account_sid: value('PARLEY_ACCOUNT_SID'),
    auth_token: value('PARLEY_AUTH_TOKEN'),
    api_key_sid: value('PARLEY_API_KEY_SID'),
    api_key_secret: value('PARLEY_API_KEY_SECRET'),
    service_sid: value('PARLEY_SERVICE_SID'),
  }
  const canSignIn = found.auth_token !== undefined || found.api_key_secret !== undefined
  if (url === undefined && !canSignIn) return undefined
  const present = Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined))
  return { ...present, url: originOf(url ?? localUrl), source: 'environment' }
}

/** `https://chat.example.org`, without a slash at its end. @throws Problem for what is no address of a server */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && !url.username && !url.search) return url.origin
  throw new Problem(`"${text}" is no address of a server: it looks like https://chat.example.org, without a path`, { ending: 'usage' })
}

export interface ApiKey {
  account_sid: string
  sid: string
  secret: string
}

/** The API key of a target, to sign tokens with. @throws Problem when there is none */
export function apiKeyOf({ account_sid, api_key_sid, api_key_secret, source }: Omit<Target, 'url'>): ApiKey {
  if (account_sid && api_key_sid && api_key_secret) return { account_sid, sid: api_key_sid, secret: api_key_secret }
  const wanting = [
    ['the account SID', account_sid],
    ['the SID of an API key', api_key_sid],
    ['the secret of the API key', api_key_secret],
  ].flatMap(([name, value]) => (value ? [] : [name]))
  throw new Problem(`A token is signed with an API key, and ${wanting.join(' and ')} is missing (${source}).`, {
    ending: 'usage',
    advice: [
      'Make a key and keep it in the profile: parley keys create --save',
      'Or set PARLEY_ACCOUNT_SID, PARLEY_API_KEY_SID and PARLEY_API_KEY_SECRET',
    ],
  })
}

/** Who signs in: an API key where there is one, else the account. @throws Problem when there is neither */
export function basicOf({ account_sid, auth_token, api_key_sid, api_key_secret, source, url }: Target): string {
  const pair =
    api_key_sid && api_key_secret ? [api_key_sid, api_key_secret] : account_sid && auth_token ? [account_sid, auth_token] : undefined
  if (pair) return `Basic ${Buffer.from(pair.join(':')).toString('base64')}`
  throw new Problem(`There are no credentials for ${url} (${source}).`, {
    ending: 'usage',
    advice: ['Keep them in a profile: parley profiles add', 'Or set PARLEY_ACCOUNT_SID and PARLEY_AUTH_TOKEN'],
  })
}
