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
  const findings = read
    ? [...explainToken(read), ...(await explainAgainst(token, read.claims, options))]
    : [{ part: 'form', state: 'wrong', text: 'three parts of base64url with dots between are expected, the first two JSON' } as const]
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

/** What only a secret or a server can tell: whether the key made the signature, and whether key, account and service are there. */
async function explainAgainst(token: string, claims: Claims, options: CheckOptions): Promise<Finding[]> {
  const { iss } = claims
  const target = known(options)
  const signature: Finding[] =
    target?.api_key_secret && target.api_key_sid === iss
      ? [
          (await isSignedWith(token, target.api_key_secret))
            ? { part: 'signature', state: 'ok', text: `made with the secret of ${iss}` }
            : { part: 'signature', state: 'wrong', text: `not made with the secret of ${iss}, as the ${target.source} has it` },
        ]
      : []
  if (options.offline || !target)
    return signature.length > 0 ? signature : [{ part: 'signature', state: 'unknown', text: 'the secret of its key is not known here' }]
  return [...signature, ...(await askServer(new Rest(target), token, claims))]
}

function known(options: CheckOptions): Target | undefined {
  try {
    return findTarget(options)
  } catch (error) {
    if (options.profile ?? options.url) throw error
    return undefined
  }
}

async function askServer(rest: Rest, token: string, { iss, sub, grants }: Claims): Promise<Finding[]> {
  const { url } = rest.target
  const { chat, identity } = (grants ?? {}) as { chat?: { service_sid?: unknown }; identity?: unknown }
  const service = chat?.service_sid
  const findings: Finding[] = []
  if (typeof iss === 'string' && typeof sub === 'string')
    findings.push(
      await isThere(
        rest,
        `/2010-04-01/Accounts/${encodeURIComponent(sub)}/Keys/${encodeURIComponent(iss)}.json`,
        'iss at the server',
        `${url} knows the key in this account`,
        'the server has no such key in this account: was it revoked?',
      ),
    )
  if (typeof service === 'string')
    findings.push(
      await isThere(
        rest,
        `/v1/Services/${encodeURIComponent(service)}`,
        'service at the server',
        `${url} knows the service`,
        'the account has no such service',
      ),
    )
  if (typeof service !== 'string' || identity === undefined) return findings

  // Whoever comes with a good token becomes a user. To check one shall not make somebody, so the server is asked about users it knows.
  const user = await rest.ask('GET', `/v1/Services/${encodeURIComponent(service)}/Users/${encodeURIComponent(String(identity))}`)
  if (user.status !== 200) return findings
  const path = `/v1/Services/${encodeURIComponent(service)}/Media/ME${'0'.repeat(32)}`
  const { status, body } = await rest.ask('GET', path, { headers: { 'x-twilio-token': token } })
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : `status ${status}`
  findings.push(
    status === 401 || status === 403
      ? { part: 'verdict', state: 'wrong', text: `${url} says: ${said}` }
      : { part: 'verdict', state: 'ok', text: `${url} takes it` },
  )
  return findings
}

async function isThere(rest: Rest, path: string, part: string, yes: string, no: string): Promise<Finding> {
  const { status, body } = await rest.ask('GET', path)
  if (status === 200) return { part, state: 'ok', text: yes }
  if (status === 404) return { part, state: 'wrong', text: no }
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : `status ${status}`
  return { part, state: 'unknown', text: `cannot be told: the server says ${said}` }
}
