import { Command, InvalidArgumentError } from 'commander'
import { withServer } from '../options.ts'
import { type Method, Rest, refusal } from '../rest.ts'
import { findTarget, type TargetOptions } from '../target.ts'
import { print, printJson, say } from '../terminal.ts'
import { examples } from './resources.ts'

type Pair = readonly [name: string, value: string]

/** Any request, for what has no command of its own. */
export const apiCommand = (): Command =>
  withServer(new Command('api'))
    .description('send any request, signed in')
    .argument('<method>', 'GET, POST or DELETE', method)
    .argument('<path>', 'such as /v1/Conversations', path)
    .option('-d, --data <name=value>', 'a parameter, repeatable; an empty value clears', pair, [])
    .option('-H, --header <name:value>', 'a header, repeatable', header, [])
    .option('-i, --include', 'say the status and the headers of the answer too')
    .addHelpText(
      'after',
      examples([
        'parley api GET /v1/Conversations -d State=active',
        'parley api POST /v1/Conversations -d FriendlyName=Hello -d Timers.Inactive=PT5M',
        'parley api POST /v1/Conversations/CH…/Messages -d Body=Hi -H X-Twilio-Webhook-Enabled:true',
        'parley api DELETE /v1/Conversations/CH…',
      ]),
    )
    .action(call)

function method(text: string): Method {
  const upper = text.toUpperCase()
  if (upper === 'GET' || upper === 'POST' || upper === 'DELETE') return upper
  throw new InvalidArgumentError('It has to be GET, POST or DELETE.')
}

function path(text: string): string {
  if (text.startsWith('/') && !text.startsWith('//')) return text
  throw new InvalidArgumentError('It has to begin with a slash: /v1/Conversations')
}

function split(text: string, sign: '=' | ':', before: readonly Pair[]): readonly Pair[] {
  const at = text.indexOf(sign)
  if (at < 1) throw new InvalidArgumentError(`It has to be a name, ${sign} and a value.`)
  return [...before, [text.slice(0, at), sign === ':' ? text.slice(at + 1).trim() : text.slice(at + 1)]]
}

function pair(text: string, before: readonly Pair[]): readonly Pair[] {
  return split(text, '=', before)
}

function header(text: string, before: readonly Pair[]): readonly Pair[] {
  return split(text, ':', before)
}

interface Options extends TargetOptions {
  data: readonly Pair[]
  header: readonly Pair[]
  include?: boolean
}

async function call(method: Method, path: string, { data, header, include, ...options }: Options): Promise<void> {
  const target = findTarget(options)
  const answer = await new Rest(target).ask(method, path, { parameters: data, headers: Object.fromEntries(header) })
  if (include)
    for (const line of [`status: ${answer.status}`, ...[...answer.headers].map(([name, value]) => `${name}: ${value}`)]) say(line)
  if (answer.status >= 400) throw refusal(target, answer)
  if (typeof answer.body === 'string') print(answer.body)
  else if (answer.body !== undefined) printJson(answer.body)
}
