import { Argument, type Command, createCommand } from 'commander'
import { visibleCommands } from '../reference.ts'
import { print } from '../terminal.ts'
import { examples } from './resources.ts'

/** A place in the tree of commands, and what may be typed there. */
interface Place {
  /** `messages send`; nothing at the root. */
  path: string
  commands: { name: string; description: string }[]
  options: { flag: string; description: string; takesValue: boolean }[]
}

function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const children = visibleCommands(command)
  const options = command.options.flatMap(({ long, description, required, optional, hidden }) =>
    long && !hidden ? [{ flag: long, description, takesValue: Boolean(required || optional) }] : [],
  )
  const here: Place = {
    path: path.join(' '),
    commands: children.map((child) => ({ name: child.name(), description: child.description() })),
    options: [...options, { flag: '--help', description: 'help for the command', takesValue: false }],
  }
  return [here, ...children.flatMap((child) => placesOf(child, [...path, child.name()]))]
}

/** Completes commands and options in a shell. The script knows the whole tree: it asks nobody, and is at once. */
export const completionCommand = (root: () => Command): Command =>
  createCommand('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      examples([
        'source <(parley completion bash)',
        'parley completion zsh > "$fpath[1]/_parley"',
        'parley completion fish > ~/.config/fish/completions/parley.fish',
      ]),
    )
    .action((shell: keyof typeof scripts) => print(scripts[shell](placesOf(root())).trimEnd()))

const scripts = { bash, zsh, fish }

/** Text between single quotes, for any of the three shells. */
const quoted = (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`

/** The place a command line has reached: words that are commands, one below the other; options and values are passed over. */
const walk = `  local place="" word next
  for word in "\${words[@]:1:$((CURRENT_WORD - 1))}"; do
    next="\${place:+$place }$word"
    case "$next" in
      PLACES) place="$next" ;;
    esac
  done`

function bash(places: readonly Place[]): string {
  const below = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path))
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(' ')
    return `    ${quoted(path)}) candidates=${quoted(words)} ;;`
  })
  return `# parley: completion for bash
_parley() {
  local words=("\${COMP_WORDS[@]}") CURRENT_WORD=$COMP_CWORD candidates=""
${walk.replace('PLACES', below.join('|'))}
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _parley parley
`
}

function zsh(places: readonly Place[]): string {
  const below = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path))
  const entry = (name: string, description: string) => quoted(`${name.replaceAll(':', '\\:')}:${description}`)
  const cases = places.map(({ path, commands, options }) => {
    const entries = [...commands.map((one) => entry(one.name, one.description)), ...options.map((one) => entry(one.flag, one.description))]
    return `    ${quoted(path)}) candidates=(${entries.join(' ')}) ;;`
  })
  return `#compdef parley
# parley: completion for zsh
_parley() {
  local -a candidates
  local place="" word next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${below.join('|')}) place="$next" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'parley' candidates
  _files
}
if [ "$funcstack[1]" = "_parley" ]; then _parley "$@"; else compdef _parley parley; fi
`
}

function fish(places: readonly Place[]): string {
  const below = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path))
  const lines = places.flatMap(({ path, commands, options }) => {
    const here = `complete -c parley -n ${quoted(`__parley_at ${quoted(path)}`)}`
    return [
      ...commands.map(({ name, description }) => `${here} -f -a ${quoted(name)} -d ${quoted(description)}`),
      ...options.map(
        ({ flag, description, takesValue }) => `${here} -l ${quoted(flag.slice(2))}${takesValue ? ' -r' : ''} -d ${quoted(description)}`,
      ),
    ]
  })
  return `# parley: completion for fish
function __parley_at
  set -l place ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$place $word")
    if contains -- $next ${below.join(' ')}
      set place $next
    end
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`
}
