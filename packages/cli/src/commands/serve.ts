import { type Command, createCommand } from 'commander'
import { Problem } from '../problem.ts'
import { keepProfile, type Profile } from '../profiles.ts'
import { json as jsonLine, print, say } from '../terminal.ts'
import { examples } from './resources.ts'

/** What the command line may say in place of the environment: the settings that change most. */
const settingOptions = {
  port: ['--port <n>', 'PARLEY_PORT', 'port to listen on; 0 takes any free port'],
  host: ['--host <address>', 'PARLEY_HOST', 'address to listen on'],
  dataDir: ['--data-dir <folder>', 'PARLEY_DATA_DIR', 'folder of the database, media and secrets'],
  databaseUrl: [
    '--database-url <url>',
    'PARLEY_DATABASE_URL',
    'sqlite:<file> or postgres://…; rather set the variable when it holds a password',
  ],
  configFile: ['--config-file <file>', 'PARLEY_CONFIG_FILE', 'file with more settings, one NAME=value a line'],
} as const

type SettingOption = keyof typeof settingOptions
export type SettingOptions = Partial<Record<SettingOption, string>>

/** A command that works with the settings of a server on this machine. */
export function withSettings(command: Command, ...names: SettingOption[]): Command {
  for (const name of names) {
    const [flags, variable, description] = settingOptions[name]
    command.option(flags, `${description} (${variable})`)
  }
  return command
}

/** The environment as the server is to see it. */
export function environmentOf(options: SettingOptions, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const said = Object.entries(settingOptions).flatMap(([name, [, variable]]) => {
    const value = options[name as SettingOption]
    return value === undefined ? [] : [[variable, value] as const]
  })
  return { ...env, ...Object.fromEntries(said) }
}

type Options = SettingOptions & { json?: boolean; keepProfile?: boolean }
const every = Object.keys(settingOptions) as SettingOption[]

/** Serves to try things out: development mode, and a profile so that the other commands find their way without being told. */
export const devCommand = (): Command =>
  withSettings(createCommand('dev'), ...every)
    .description('serve in development mode, here and now')
    .option('--json', 'say how to sign in as one line of JSON')
    .option('--no-keep-profile', 'do not keep how to sign in as the profile dev')
    .addHelpText('after', examples(['parley dev', 'parley dev --port 0 --data-dir /tmp/try']))
    .action(async (options: Options) => {
      const { serve, welcome } = await import('@parley/server')
      const mode =
        options.configFile || process.env['PARLEY_CONFIG_FILE'] ? {} : { PARLEY_MODE: process.env['PARLEY_MODE'] || 'development' }
      await serve({ ...environmentOf(options), ...mode }, async (server, settings) => {
        if (options.keepProfile) keepAsDev({ url: server.url, ...server.credentials })
        if (options.json) print(jsonLine({ url: server.url, ...server.credentials }))
        else process.stdout.write(await welcome(server, settings))
      })
    })

/** A server serves also where no profile can be kept. */
function keepAsDev(profile: Profile): void {
  try {
    keepProfile('dev', profile)
    say('How to sign in is kept as the profile dev: try `parley token chat --identity alice` in another terminal.')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say(error.message)
  }
}

/** Serves as `npm start` of a clone does, with the settings as they are. */
export const serveCommand = (): Command =>
  withSettings(createCommand('serve'), ...every)
    .description('serve, with the settings of the environment')
    .option('--json', 'say that it is ready as one line of JSON')
    .addHelpText('after', examples(['PARLEY_DATA_DIR=/var/lib/parley parley serve', 'parley serve --config-file /etc/parley.conf']))
    .action(async (options: Options) => {
      const { serve } = await import('@parley/server')
      const announce = options.json
        ? [({ url, firstStart }: { url: string; firstStart: boolean }) => print(jsonLine({ url, first_start: firstStart }))]
        : []
      await serve(environmentOf(options), ...announce)
    })
