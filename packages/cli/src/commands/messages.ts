import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { Client, Message, RequestError, WebSocketClass } from '@parley/client'
import { SendMessage } from '@parley/protocol'
import type { Command } from 'commander'
import { makeToken } from '../access-token.ts'
import { addFields, fieldsOf, parametersOf, wholeNumber, withService } from '../options.ts'
import { Problem } from '../problem.ts'
import { endingOf, Rest } from '../rest.ts'
import { showResource } from '../show.ts'
import { apiKeyOf, findTarget, type Target, type TargetOptions } from '../target.ts'
import { json as jsonLine, print, readInput, say, style, visible } from '../terminal.ts'
import { firing, headersOf, messagesCommand as resourceCommand } from './resources.ts'

/** Messages: the commands of a resource, and those to send and to follow. */
export function messagesCommand(): Command {
  const command = resourceCommand().description('messages: send, follow, list, look at, change and delete them')
  const fields = fieldsOf(SendMessage)
  firing(addFields(withService(command.command('send')), fields))
    .description('send a message')
    .argument('<conversation>', 'SID or unique name')
    .argument('[text]', 'its body; `-`, or nothing at all, reads the standard input')
    .option('--file <path>', 'a file to send with it, repeatable', (path: string, before: string[] = []) => [...before, path])
    .action(async (conversation: string, text: string | undefined, options: SendOptions) => {
      const rest = new Rest(findTarget(options))
      const media = await Promise.all((options.file ?? []).map((path) => upload(rest, path)))
      const given = parametersOf(fields, options)
      const says = (...names: string[]) => given.some(([name]) => names.includes(name))
      const body = text ?? (says('Body', 'ContentSid', 'MediaSid', 'MediaSids') || media.length > 0 ? undefined : '-')
      const message = await rest.post<object>(rest.inService(`/Conversations/${encodeURIComponent(conversation)}/Messages`), {
        parameters: [
          ...given,
          ...media.map((sid): [string, string] => ['MediaSid', sid]),
          ...(body === undefined ? [] : [['Body', body === '-' ? (await readInput()).replace(/\r?\n$/, '') : body] as const]),
        ],
        headers: headersOf(options),
      })
      showResource(message, options)
    })

  withService(command.command('tail'))
    .description('follow a conversation as it goes on, until Ctrl-C')
    .argument('<conversation>', 'SID or unique name')
    .option('-n, --lines <n>', 'messages from before to begin with', wholeNumber(0), 10)
    .option('--identity <identity>', 'follow as this participant; when absent as a user that sees every conversation')
    .action(tail)
  return command
}

type SendOptions = TargetOptions & Record<string, unknown> & { json?: boolean; fireWebhooks?: boolean; file?: string[] }

/** Brings a file to the media service. @returns its SID */
async function upload(rest: Rest, path: string): Promise<string> {
  const service = rest.target.service_sid ?? (await defaultService(rest))
  const file = await open(path).catch((cause: Error) => {
    throw new Problem(`The file ${path} cannot be read: ${cause.message}`, { ending: 'usage', cause })
  })
  const address = `/v1/Services/${service}/Media?${new URLSearchParams({ Filename: basename(path) })}`
  const { sid } = await rest.post<{ sid: string }>(address, {
    body: Readable.toWeb(file.createReadStream()) as BodyInit,
    patience: uploadPatience,
  })
  return sid
}

/** An hour, in milliseconds: files may be large. */
const uploadPatience = 3_600_000

async function defaultService(rest: Rest): Promise<string> {
  const { default_chat_service_sid } = await rest.get<{ default_chat_service_sid: string }>('/v1/Configuration')
  return default_chat_service_sid
}

interface TailOptions extends TargetOptions {
  lines: number
  identity?: string
  json?: boolean
}

async function tail(name: string, { lines, identity, json, ...options }: TailOptions): Promise<void> {
  const target = findTarget(options)
  const rest = new Rest(target)
  const { sid } = await rest.get<{ sid: string }>(rest.inService(`/Conversations/${encodeURIComponent(name)}`))
  const [{ Client, RequestError }, { WebSocket }] = await Promise.all([import('@parley/client'), import('ws')])
  const client = new Client(await tokens(rest, target, identity), { url: target.url, webSocket: WebSocket as unknown as WebSocketClass })
  const ended = end(client)
  const show = json ? showAsJson : showAsLine
  try {
    const conversation = await Promise.race([client.getConversationBySid(sid), ended.failure])
    const told = new Set<number>()
    const tell = (message: Message) => {
      // What came while the first page was on its way is on both.
      if (told.has(message.index)) return
      told.add(message.index)
      show(message)
    }
    const early: Message[] = []
    let onAdded = (message: Message) => {
      early.push(message)
    }
    conversation.on('messageAdded', (message) => onAdded(message))
    conversation.on('removed', () => ended.resolve('The conversation has ended for this user.'))
    const { items } = await Promise.race([conversation.getMessages(Math.max(lines, 1)), ended.failure])
    for (const message of items.slice(items.length - Math.min(lines, items.length))) tell(message)
    for (const message of early) tell(message)
    onAdded = tell
    const word = await Promise.race([ended.word, ended.failure])
    if (word) say(word)
  } catch (error) {
    throw error instanceof RequestError ? refusedBySdk(error) : error
  } finally {
    await client.shutdown()
  }
}

const refusedBySdk = (error: RequestError) =>
  new Problem(`${error.message}${error.code === undefined ? '' : ` (${error.code}, status ${error.status})`}`, {
    ending: endingOf(error.status),
    advice: ['Whoever follows has to take part, or to have a role that sees every conversation.'],
    cause: error,
  })

/** Resolves when somebody asks to stop, or there is nothing more to come; fails when the server lets this client in no more. */
function end(client: Client) {
  let resolve: (word?: string) => void = () => {}
  const word = new Promise<string | undefined>((done) => {
    resolve = done
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  process.stdout.once('error', () => resolve())
  const failure = new Promise<never>((_, reject) => {
    client.on('connectionError', ({ terminal, message, errorCode }) => {
      if (!terminal) return
      const code = errorCode ? ` (${errorCode})` : ''
      reject(new Problem(`The server lets this user in no more: ${message}${code}`, { ending: 'denied' }))
    })
    client.on('initFailed', ({ error }) => {
      if (error?.terminal) reject(new Problem(`The server does not let this user in: ${error.message}`, { ending: 'denied' }))
    })
  })
  let online: boolean | undefined
  let isOver = false
  void word.then(() => {
    isOver = true
  })
  client.on('connectionStateChanged', (state) => {
    if (state === 'connected') {
      if (online === false) say('Connected again; nothing was missed.')
      online = true
    } else if (online && !isOver && state !== 'disconnecting') {
      online = false
      say('The connection is lost; it is tried again.')
    }
  })
  failure.catch(() => {})
  return { resolve, word, failure }
}

/** The user of those who follow without taking part: its role in the service lets it see every conversation. */
const onlooker = 'parley-cli'

async function tokens(rest: Rest, target: Target, identity: string | undefined): Promise<() => Promise<string>> {
  const key = apiKeyOf(target)
  const service_sid = target.service_sid ?? (await defaultService(rest))
  const role_sid = identity === undefined ? await overseerRole(rest, service_sid) : undefined
  const wish = { key, service_sid, identity: identity ?? onlooker, ttl: 3_600, ...(role_sid === undefined ? {} : { role_sid }) }
  return () => makeToken(wish)
}

interface Role {
  sid: string
  type: string
  permissions: string[]
}

/** A role in the service that sees every conversation. A user who is there already with another is given it. */
async function overseerRole(rest: Rest, service_sid: string): Promise<string> {
  const service = `/v1/Services/${service_sid}`
  let found: string | undefined
  for await (const { sid, type, permissions } of rest.list<Role>(`${service}/Roles`, 'roles', { limit: Number.POSITIVE_INFINITY }))
    if (type === 'service' && permissions.includes('editAnyMessage')) found ??= sid
  if (found === undefined)
    throw new Problem('No role of the service sees every conversation.', { advice: ['Follow as a participant: --identity <identity>'] })
  const user = await rest.ask('GET', `${service}/Users/${onlooker}`)
  const { role_sid } = (user.body ?? {}) as { role_sid?: string }
  if (user.status === 200 && role_sid !== found) await rest.post(`${service}/Users/${onlooker}`, { parameters: [['RoleSid', found]] })
  return found
}

function showAsLine({ dateCreated, author, body, attachedMedia }: Message): void {
  const time = dateCreated?.toISOString().replace(/\.\d+Z$/, 'Z') ?? ''
  const media = (attachedMedia ?? []).map(({ filename, contentType }) => `[${filename ?? contentType}]`)
  print(`${style('dim', time)} ${style('bold', visible(author ?? ''))}: ${visible([body ?? '', ...media].filter(Boolean).join(' '))}`)
}

function showAsJson({ sid, index, author, body, attributes, attachedMedia, dateCreated, participantSid }: Message): void {
  const media = (attachedMedia ?? []).map(({ sid, filename, contentType, size }) => ({ sid, filename, content_type: contentType, size }))
  print(jsonLine({ sid, index, author, body, attributes, media, participant_sid: participantSid, date_created: dateCreated }))
}
