import { password, text } from '@clack/prompts'
import { Command } from 'commander'
import { withConsent, withOutput } from '../options.ts'
import { Problem } from '../problem.ts'
import { changeProfiles, findProfile, keepProfile, type Profile, profilesFile, readProfiles, secretMembers } from '../profiles.ts'
import { Rest, refusal } from '../rest.ts'
import { originOf } from '../target.ts'
import { isInteractive, makeSure, print, printJson, printPairs, printTable, say } from '../terminal.ts'
import { examples } from './resources.ts'

/** Servers with their credentials, kept under names. */
export function profilesCommand(): Command {
  const command = new Command('profiles').description('servers and how to sign in there, kept in ~/.config/parley')
  withOutput(command.command('list')).description('list the profiles').action(list)
  withOutput(command.command('show'))
    .description('show a profile')
    .argument('<name>', 'name of the profile')
    .option('--secrets', 'with its secrets')
    .action(show)
  withOutput(command.command('add'))
    .description('keep a server under a name; what is not given is asked for, or taken from the environment')
    .argument('<name>', 'name of the profile')
    .option('--url <address>', 'address of the server')
    .option('--account-sid <sid>', 'account SID, AC…')
    .option('--api-key-sid <sid>', 'API key, SK…; the auth token of the account is taken when absent')
    .option('--service-sid <sid>', 'service to work on, IS…')
    .option('--no-check', 'do not try to sign in first')
    .action(add)
  command
    .command('use')
    .description('take a profile when nobody says another')
    .argument('<name>', 'name of the profile')
    .action((name: string) => {
      findProfile(name)
      changeProfiles((kept) => {
        kept.default = name
      })
      say(`${name} is the default profile.`)
    })
  withConsent(command.command('remove'))
    .description('forget a profile')
    .argument('<name>', 'name of the profile')
    .action(async (name: string, options: { yes?: boolean }) => {
      findProfile(name)
      await makeSure(`Forget the profile ${name} and its credentials?`, options)
      changeProfiles((kept) => {
        delete kept.profiles[name]
        if (kept.default === name) kept.default = null
      })
      say(`The profile ${name} is forgotten.`)
    })
  return command.addHelpText(
    'after',
    examples([
      'parley profiles add production --url https://chat.example.org --account-sid AC…',
      'PARLEY_AUTH_TOKEN=… parley profiles add ci --url https://chat.example.org --account-sid AC…',
      'parley profiles use production',
    ]),
  )
}

function list({ json }: { json?: boolean }): void {
  const { default: chosen, profiles } = readProfiles()
  const entries = Object.entries(profiles).map(([name, { url, account_sid = '' }]) => ({
    name,
    default: name === chosen,
    url,
    account_sid,
  }))
  if (json) printJson(entries)
  else if (entries.length === 0) say('There are none. Make one: parley profiles add')
  else
    printTable(
      ['', 'name', 'url', 'account'],
      entries.map((one) => [one.default ? '*' : ' ', one.name, one.url, one.account_sid]),
    )
}

function show(name: string, { secrets, json }: { secrets?: boolean; json?: boolean }): void {
  const profile = findProfile(name)
  const shown = Object.fromEntries(
    Object.entries(profile).map(([member, value]) => [
      member,
      !secrets && (secretMembers as string[]).includes(member) ? '(kept; --secrets shows it)' : value,
    ]),
  )
  if (json) printJson(shown)
  else printPairs(Object.entries(shown))
}

interface AddOptions {
  url?: string
  accountSid?: string
  apiKeySid?: string
  serviceSid?: string
  check: boolean
  json?: boolean
}

async function add(name: string, { url, accountSid, apiKeySid, serviceSid, check, json }: AddOptions): Promise<void> {
  const env = process.env
  const keySid = apiKeySid ?? (env['PARLEY_API_KEY_SID'] || undefined)
  const profile: Profile = {
    url: originOf(url ?? (env['PARLEY_URL'] || undefined) ?? (await ask('Address of the server', '--url'))),
    account_sid: accountSid ?? (env['PARLEY_ACCOUNT_SID'] || undefined) ?? (await ask('Account SID, AC…', '--account-sid')),
    ...(keySid === undefined
      ? { auth_token: (env['PARLEY_AUTH_TOKEN'] || undefined) ?? (await askSecret('Auth token', 'PARLEY_AUTH_TOKEN')) }
      : {
          api_key_sid: keySid,
          api_key_secret:
            (env['PARLEY_API_KEY_SECRET'] || undefined) ?? (await askSecret('Secret of the API key', 'PARLEY_API_KEY_SECRET')),
        }),
  }
  const service = serviceSid ?? (env['PARLEY_SERVICE_SID'] || undefined)
  if (service !== undefined) profile.service_sid = service
  if (check) await signIn(name, profile)
  keepProfile(name, profile)
  if (json) printJson({ name, url: profile.url, account_sid: profile.account_sid })
  else print(`The profile ${name} is kept in ${profilesFile()}.`)
}

/** @throws Problem when the server does not let these credentials in */
async function signIn(name: string, profile: Profile): Promise<void> {
  const target = { ...profile, source: `new profile ${name}` }
  const answer = await new Rest(target).ask('GET', '/v1/Services?PageSize=1')
  if (answer.status !== 200) throw refusal(target, answer)
}

async function ask(message: string, option: string): Promise<string> {
  if (!isInteractive()) throw new Problem(`${message}: say it with ${option}, there is nobody to ask.`, { ending: 'usage' })
  return answered(await text({ message, output: process.stderr }))
}

/** A secret is no option: command lines can be seen by everybody on a machine. */
async function askSecret(message: string, variable: string): Promise<string> {
  if (!isInteractive()) throw new Problem(`${message}: say it with ${variable}, there is nobody to ask.`, { ending: 'usage' })
  return answered(await password({ message, output: process.stderr }))
}

function answered(answer: string | symbol | undefined): string {
  if (typeof answer === 'string' && answer.trim() !== '') return answer.trim()
  throw new Problem('Cancelled.')
}
