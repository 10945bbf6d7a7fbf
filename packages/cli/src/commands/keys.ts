import { Command } from 'commander'
import { withConsent, withLimit, withServer } from '../options.ts'
import { Problem } from '../problem.ts'
import { changeProfiles } from '../profiles.ts'
import { Rest } from '../rest.ts'
import { showList, showResource } from '../show.ts'
import { findTarget, type Target, type TargetOptions } from '../target.ts'
import { makeSure, say } from '../terminal.ts'
import { examples } from './resources.ts'

type Options = TargetOptions & { json?: boolean }

/** API keys: they sign tokens, and sign in to REST. */
export function keysCommand(): Command {
  const command = new Command('keys').description('API keys, which sign tokens and sign in to REST')
  withLimit(withServer(command.command('list')))
    .description('list the keys of the account')
    .action(async (options: Options & { limit: number }) => {
      const { rest, path } = keysOf(options)
      await showList(rest.list<object>(`${path}.json`, 'keys', { limit: options.limit }), ['sid', 'friendly_name', 'date_created'], options)
    })

  withServer(command.command('create'))
    .description('make a key; its secret is shown this once')
    .option('--friendly-name <text>', 'what it is for')
    .option('--save', 'keep the key in the profile in use, and do not show its secret')
    .action(create)

  withConsent(withServer(command.command('revoke')).alias('delete'))
    .description('revoke a key: its tokens end with it')
    .argument('<key>', 'SID of the key')
    .action(async (sid: string, options: Options & { yes?: boolean }) => {
      const { rest, path } = keysOf(options)
      await makeSure(`Revoke the key ${sid}? Whoever uses it is locked out at once.`, options)
      await rest.delete(`${path}/${encodeURIComponent(sid)}.json`)
      say(`The key ${sid} is revoked.`)
    })
  return command.addHelpText(
    'after',
    examples(['parley keys list', 'parley keys create --friendly-name "token server"', 'parley keys create --save']),
  )
}

function keysOf(options: TargetOptions): { rest: Rest; target: Target; path: string } {
  const target = findTarget(options)
  if (!target.account_sid)
    throw new Problem(`The account SID is missing (${target.source}).`, { ending: 'usage', advice: ['Set PARLEY_ACCOUNT_SID'] })
  return { rest: new Rest(target), target, path: `/2010-04-01/Accounts/${encodeURIComponent(target.account_sid)}/Keys` }
}

async function create({ friendlyName, save, ...options }: Options & { friendlyName?: string; save?: boolean }): Promise<void> {
  const { rest, target, path } = keysOf(options)
  const name = /^profile (.*)$/.exec(target.source)?.[1]
  if (save && name === undefined)
    throw new Problem('There is no profile in use to keep the key in.', {
      ending: 'usage',
      advice: ['Make one first: parley profiles add'],
    })
  const parameters = friendlyName === undefined ? [] : [['FriendlyName', friendlyName] as const]
  const key = await rest.post<{ sid: string; secret: string }>(`${path}.json`, { parameters })
  if (!save) {
    showResource(key, options)
    return
  }
  changeProfiles(({ profiles }) => {
    Object.assign(profiles[name as string] as object, { api_key_sid: key.sid, api_key_secret: key.secret })
  })
  const { secret: _, ...shown } = key
  showResource(shown, options)
  say(`The key is kept in the profile ${name}.`)
}
