import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Problem } from './problem.ts'

/** A server, and how to sign in there. */
export interface Profile {
  url: string
  account_sid?: string
  auth_token?: string
  api_key_sid?: string
  api_key_secret?: string
  service_sid?: string
}

export interface Profiles {
  /** The one that is taken when nobody says another. */
  default: string | null
  profiles: Record<string, Profile>
}

const members = ['url', 'account_sid', 'auth_token', 'api_key_sid', 'api_key_secret', 'service_sid'] as const satisfies (keyof Profile)[]

/** Members of a profile that are shown only to who asks for them. */
export const secretMembers: readonly (keyof Profile)[] = ['auth_token', 'api_key_secret']

/** Where profiles are kept. */
export function profilesFile(): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming } = process.env
  const config = xdg || (process.platform === 'win32' && roaming ? roaming : join(homedir(), '.config'))
  return join(config, 'parley', 'profiles.json')
}

/** The profiles that were kept; none when nothing was. @throws Problem when the file is damaged */
export function readProfiles(file = profilesFile()): Profiles {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
    // Somebody may have copied it about: it holds secrets.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { default: null, profiles: {} }
    throw new Problem(`The profiles in ${file} cannot be read: ${(cause as Error).message}`, { ending: 'usage', cause })
  }
  try {
    return checked(JSON.parse(text))
  } catch (cause) {
    throw new Problem(`The profiles in ${file} are damaged: ${(cause as Error).message}`, {
      ending: 'usage',
      advice: ['Repair the file, or remove it and make the profiles again: parley profiles add'],
      cause,
    })
  }
}

function checked(value: unknown): Profiles {
  const { default: chosen, profiles } = (value ?? {}) as Partial<Profiles>
  if (typeof profiles !== 'object' || profiles === null) throw new TypeError('"profiles" is missing')
  for (const [name, profile] of Object.entries(profiles)) {
    if (typeof profile?.url !== 'string' || !URL.canParse(profile.url)) throw new TypeError(`the profile ${name} has no URL`)
    for (const [member, text] of Object.entries(profile))
      if (!(members as string[]).includes(member) || typeof text !== 'string')
        throw new TypeError(`the profile ${name} has an unknown member ${member}`)
  }
  return { default: typeof chosen === 'string' && Object.hasOwn(profiles, chosen) ? chosen : null, profiles }
}

/** Changes the profiles: as a whole or not at all, readable by their owner alone. */
export function changeProfiles(change: (profiles: Profiles) => void, file = profilesFile()): void {
  const profiles = readProfiles(file)
  change(profiles)
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(draft, file)
  } catch (cause) {
    rmSync(draft, { force: true })
    throw new Problem(`The profiles cannot be written to ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** Keeps a profile under a name; the first of all becomes the default. */
export function keepProfile(name: string, profile: Profile): void {
  if (!/^[\w.-]{1,64}$/.test(name) || name === '__proto__')
    throw new Problem(`"${name}" is no name for a profile: letters, digits, dots, hyphens and underscores are`, { ending: 'usage' })
  changeProfiles((kept) => {
    kept.profiles[name] = profile
    kept.default ??= name
  })
}

/** @throws Problem that names those there are */
export function findProfile(name: string, { profiles } = readProfiles()): Profile {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (found) return found
  const names = Object.keys(profiles)
  throw new Problem(`There is no profile ${name}.`, {
    ending: 'usage',
    advice: [names.length > 0 ? `There are: ${names.join(', ')}` : 'Make one: parley profiles add'],
  })
}
