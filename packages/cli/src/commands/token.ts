import type { TokenCheckResource } from '@parley/protocol'
import { Command, Option } from 'commander'
import { type Claims, explainToken, type Finding, isSignedWith, longestLife, makeToken, readToken } from '../access-token.ts'
import { wholeNumber, withServer } from '../options.ts'
import { Problem } from '../problem.ts'
import { Rest } from '../rest.ts'
import { apiKeyOf, findTarget, type Target, type TargetOptions } from '../target.ts'
import { print, printJson, readInput, say, style, visible } from '../terminal.ts'
import { examples } from './resources.ts'

/** Access tokens for the client SDKs. Making one takes an API key and no server. */
export function tokenCommand(): Command {
  const command = new Command('token').description('access tokens for the client SDKs')
  withServer(command.command('chat'))
    .description('make an access token; nothing is asked of a server')
    .requiredOption('--identity <identity>', 'who the user is')
    .option('--chat-service-sid <sid>', 'conversation service; the one of the profile when absent')
    .option('--ttl <seconds>', `how long it is good for, at most ${longestLife}`, wholeNumber(1), 3_600)
    .addOption(new Option('-o, --cli-output-format <format>', 'as the vendor’s CLI has it').choices(['columns', 'json', 'tsv', 'none']))
    .addOption(new Option('-l, --cli-log-level <level>', 'as the vendor’s CLI has it').choices(['debug', 'info', 'warn', 'error', 'none']))
    .option('--silent', 'print the token alone')
    .addHelpText(
      'after',
      examples([
        'parley token chat --identity alice',
        `parley token:chat --identity alice --chat-service-sid IS${'x'.repeat(32)} --ttl 14400`,
        'TOKEN=$(parley token chat --identity alice)',
      ]),
    )
    .action(chat)

  withServer(command.command('check'))
    .description('explain each claim of a token, and say what is wrong with it')
    .argument('[token]', 'the token; `-` or nothing reads it from the standard input')
    .option('--offline', 'look at the token alone')
    .addHelpText('after', examples(['parley token check eyJhbGciOi…', 'parley token chat --identity alice | parley token check --json']))
    .action(check)
  return command
}

interface ChatOptions extends TargetOptions {
  identity: string
  chatServiceSid?: string
  ttl: number
  json?: boolean
  cliOutputFormat?: 'columns' | 'json' | 'tsv' | 'none'
  cliLogLevel?: string
  silent?: boolean
}

async function chat({ identity, chatServiceSid, ttl, json, cliOutputFormat, cliLogLevel, silent, ...options }: ChatOptions): Promise<void> {
  if (identity === '') throw new Problem('An empty identity is none.', { ending: 'usage' })
  // The vendor's CLI ends so, and with 1.
  if (ttl > longestLife) throw new Problem(`TTL must be shorter than 24 hours (in seconds): at most ${longestLife}`)
  if (chatServiceSid !== undefined && !/^IS[0-9a-fA-F]{32}$/.test(chatServiceSid))
    throw new Problem(`Invalid Chat Service SID, must look like IS${'x'.repeat(32)}`)
  const target = signer(options)
  const service_sid = chatServiceSid ?? target.service_sid
  if (!service_sid)
    throw new Problem('Which service? Say --chat-service-sid IS…', { ending: 'usage', advice: ['There are: parley services list'] })

  const key = apiKeyOf(target)
  const jwt = await makeToken({ key, identity, service_sid, ttl })
  if (json) return printJson({ token: jwt, identity, service_sid, expires_in: ttl })
  if (cliOutputFormat === 'json') return printJson([{ jwt }])
  if (cliOutputFormat === 'none') return
  const quiet = silent || ['warn', 'error', 'none'].includes(cliLogLevel ?? 'info')
  if (!quiet && process.stdout.isTTY) say('Copy/paste this chat token into your test application:')
  print(jwt)
}

/** Who signs: as always, or by the names of the vendor's CLI, which need no address of a server. */
function signer(options: TargetOptions): Omit<Target, 'url'> {
  const { TWILIO_ACCOUNT_SID: account_sid, TWILIO_API_KEY: api_key_sid, TWILIO_API_SECRET: api_key_secret } = process.env
  try {
    return findTarget(options)
  } catch (error) {
    if (options.profile ?? options.url ?? !(account_sid && api_key_sid && api_key_secret)) throw error
    return { account_sid, api_key_sid, api_key_secret, source: 'environment' } as Omit<Target, 'url'>
  }
}

interface CheckOptions extends TargetOptions {
  json?: boolean
  offline?: boolean
}

async function check(given: string | undefined, options: CheckOptions): Promise<void> {
  const token = (given === undefined || given === '-' ? await readInput() : given).trim()
  const read = readToken(token)
  const target = known(options)
  const findings =
    token === '' || !target || options.offline ? await explainHere(token, target) : await explainThere(token, new Rest(target))
  const good = findings.every(({ state }) => state !== 'wrong')
  if (options.json) printJson({ good, findings, ...(read ? { header: read.header, claims: read.claims } : {}) })
  else show(findings, good)
  if (!good) process.exitCode = 1
}

const marks = { ok: style('green', 'ok'), wrong: style('red', 'wrong'), unknown: style('yellow', '?') }

function show(findings: readonly Finding[], good: boolean): void {
  const width = Math.max(...findings.map(({ part }) => part.length))
  for (const { part, state, text } of findings)
    print(`${marks[state]}${' '.repeat(7 - (state === 'unknown' ? 1 : state.length))}${part.padEnd(width)}  ${visible(text)}`)
  print(good ? 'Nothing is wrong with this token.' : style('red', 'This token is refused.'))
}

/** What the token itself, and the secret of its key if it is known here, can tell. */
async function explainHere(token: string, target: Target | undefined): Promise<Finding[]> {
  const read = readToken(token)
  if (!read) return [{ part: 'form', state: 'wrong', text: 'three parts of base64url with dots between are expected, the first two JSON' }]
  return [...explainToken(read), await explainSignature(token, read.claims, target)]
}

async function explainSignature(token: string, { iss }: Claims, target: Target | undefined): Promise<Finding> {
  if (!target?.api_key_secret || target.api_key_sid !== iss)
    return { part: 'signature', state: 'unknown', text: 'the secret of its key is not known here' }
  return (await isSignedWith(token, target.api_key_secret))
    ? { part: 'signature', state: 'ok', text: `made with the secret of ${iss}` }
    : { part: 'signature', state: 'wrong', text: `not made with the secret of ${iss}, as the ${target.source} has it` }
}

const states = { passed: 'ok', failed: 'wrong', skipped: 'unknown' } as const

/** What the server finds, by the checks that decide about connections. It makes no user of whoever the token is for. */
async function explainThere(token: string, rest: Rest): Promise<Finding[]> {
  const { url } = rest.target
  const { checks, is_valid, message } = await rest.post<TokenCheckResource>('/v1/Tokens/Check', { parameters: [['Token', token]] })
  return [
    ...checks.map(({ part, state, text, advice }) => ({ part, state: states[state], text: advice ? `${text}. ${advice}` : text })),
    is_valid
      ? { part: 'verdict', state: 'ok', text: `${url} takes it` }
      : { part: 'verdict', state: 'wrong', text: `${url} says: ${message}` },
  ]
}

function known(options: CheckOptions): Target | undefined {
  try {
    return findTarget(options)
  } catch (error) {
    if (options.profile ?? options.url) throw error
    return undefined
  }
}
