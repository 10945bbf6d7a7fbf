import { Command } from 'commander'
import { apiCommand } from './commands/api.ts'
import { certsCommand } from './commands/certs.ts'
import { completionCommand } from './commands/completion.ts'
import { dbCommand } from './commands/db.ts'
import { doctorCommand } from './commands/doctor.ts'
import { keysCommand } from './commands/keys.ts'
import { messagesCommand } from './commands/messages.ts'
import { profilesCommand } from './commands/profiles.ts'
import { resourceCommands } from './commands/resources.ts'
import { devCommand, serveCommand } from './commands/serve.ts'
import { tokenCommand } from './commands/token.ts'
import { webhooksCommand } from './commands/webhooks.ts'
import { exitCodes } from './exit-codes.ts'
import { referencePage } from './reference.ts'
import { print } from './terminal.ts'
import { version } from './version.ts'

/** The whole tree of commands. */
export function createProgram(): Command {
  const program = new Command('parley')
    .description('Parley: an open, self-hosted conversations service. Try it: parley dev')
    .version(version)
    .showHelpAfterError('(--help tells more)')
    .showSuggestionAfterError()
  const groups: [heading: string, commands: Command[]][] = [
    ['Serve:', [devCommand(), serveCommand()]],
    ['Sign in:', [profilesCommand(), keysCommand(), tokenCommand()]],
    ['Work with a server:', [...resourceCommands(), messagesCommand(), webhooksCommand(), apiCommand()]],
    ['Look after a server:', [doctorCommand(), dbCommand(), certsCommand()]],
    ['More:', [completionCommand(() => program)]],
  ]
  for (const [heading, commands] of groups) for (const command of commands) program.addCommand(command.helpGroup(heading))
  // What docs/guides/cli.md is written from.
  program.command('reference', { hidden: true }).action(() => print(referencePage(program)))
  everywhere(program, (command) => command.exitOverride())
  return program.addHelpText(
    'after',
    `\nExit codes:\n${Object.values(exitCodes)
      .map(({ code, doc }) => `  ${code}  ${doc}`)
      .join('\n')}`,
  )
}

function everywhere(command: Command, change: (command: Command) => void): void {
  change(command)
  for (const child of command.commands) everywhere(child, change)
}
