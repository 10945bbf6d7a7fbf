import type { Argument, Command, Option } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { targetVariables } from './target.ts'

/** The part of docs/guides/cli.md that is written by `npm run document`: every command as the program itself knows it, in Markdown. */
export function referencePage(program: Command): string {
  return [
    '## Variables\n',
    table(
      ['Variable', 'Meaning'],
      [...Object.entries(targetVariables), ...more].map(([name, doc]) => [code(name), doc]),
    ),
    '\n## Exit codes\n',
    table(
      ['Code', 'Meaning'],
      Object.values(exitCodes).map(({ code, doc }) => [String(code), doc]),
    ),
    '\n## Commands\n',
    ...leavesOf(program).map(({ path, command }) => section(path, command)),
  ].join('\n')
}

const more: [string, string][] = [
  ['NO_COLOR', 'no colours, also on a terminal'],
  ['XDG_CONFIG_HOME', 'where profiles are kept, in `parley/profiles.json`; `~/.config` when absent'],
  ['TWILIO_ACCOUNT_SID, TWILIO_API_KEY, TWILIO_API_SECRET', 'read by `token chat` alone, when nothing else says with which key to sign'],
]

/** The commands below one that somebody may type. */
export const visibleCommands = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')

interface Leaf {
  path: string
  command: Command
}

function leavesOf(command: Command, path: readonly string[] = [command.name()]): Leaf[] {
  const children = visibleCommands(command)
  const below = children.flatMap((child) => leavesOf(child, [...path, child.name()]))
  return children.length > 0 ? below : [{ path: path.join(' '), command }]
}

function section(path: string, command: Command): string {
  const usage = [path, ...command.registeredArguments.map(argumentWord)].join(' ')
  const rows = command.options.filter(({ hidden }) => !hidden).map((option) => [code(option.flags), describe(option)])
  return `### ${path}\n\n${sentence(command.description())}\n\n\`\`\`\n${usage}\n\`\`\`\n\n${table(['Option', 'Meaning'], rows)}\n`
}

const argumentWord = (argument: Argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`)

function describe({ description, defaultValue, mandatory, argChoices }: Option): string {
  const isShown = defaultValue !== undefined && !Array.isArray(defaultValue) && typeof defaultValue !== 'boolean'
  return [
    description,
    ...(argChoices ? [`: ${argChoices.map(code).join(', ')}`] : []),
    ...(isShown ? [` (${code(String(defaultValue))} when absent)`] : []),
    ...(mandatory ? [' – needed'] : []),
  ].join('')
}

const code = (text: string) => `\`${text}\``
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
