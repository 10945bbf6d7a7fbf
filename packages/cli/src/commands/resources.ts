import {
  AddParticipant,
  CreateConversation,
  CreateService,
  CreateUser,
  ListConversations,
  ListMessages,
  UpdateConversation,
  UpdateMessage,
  UpdateParticipant,
  UpdateUser,
} from '@parley/protocol'
import { type TObject, Type } from '@sinclair/typebox'
import { Command } from 'commander'
import { addFields, fieldsOf, parametersOf, withConsent, withLimit, withServer, withService } from '../options.ts'
import { Rest } from '../rest.ts'
import { showList, showResource } from '../show.ts'
import { findTarget, type TargetOptions } from '../target.ts'
import { makeSure, say } from '../terminal.ts'

/** One kind of resource, and what can be done with it. Its options are the parameters of the protocol. */
interface Kind {
  name: string
  one: string
  /** What its path needs before its own name. */
  parent?: string
  /** How one of them is named. */
  by: string
  /** Of the list. Services stand on their own, all others in a service. */
  path(rest: Rest, parent: string): string
  key: string
  columns: readonly string[]
  filters: TObject
  create?: TObject
  update?: TObject
  examples: readonly string[]
}

const within = encodeURIComponent

const kinds: readonly Kind[] = [
  {
    name: 'services',
    one: 'service',
    by: 'SID',
    path: () => '/v1/Services',
    key: 'services',
    columns: ['sid', 'friendly_name', 'date_created'],
    filters: Type.Object({}),
    create: CreateService,
    examples: ['parley services list', 'parley services create --friendly-name Support'],
  },
  {
    name: 'conversations',
    one: 'conversation',
    by: 'SID or unique name',
    path: (rest) => rest.inService('/Conversations'),
    key: 'conversations',
    columns: ['sid', 'state', 'unique_name', 'friendly_name', 'date_updated'],
    filters: ListConversations,
    create: CreateConversation,
    update: UpdateConversation,
    examples: [
      'parley conversations create --friendly-name "Order 7" --unique-name order-7',
      'parley conversations list --state active --limit 10',
      'parley conversations update order-7 --state closed',
    ],
  },
  {
    name: 'participants',
    one: 'participant',
    parent: 'conversation',
    by: 'SID or identity',
    path: (rest, conversation) => rest.inService(`/Conversations/${within(conversation)}/Participants`),
    key: 'participants',
    columns: ['sid', 'identity', 'messaging_binding', 'last_read_message_index', 'date_created'],
    filters: Type.Object({}),
    create: AddParticipant,
    update: UpdateParticipant,
    examples: [
      'parley participants create order-7 --identity alice',
      'parley participants create order-7 --messaging-binding-address +15550001 --messaging-binding-proxy-address +15550100',
      'parley participants delete order-7 alice --yes',
    ],
  },
  {
    name: 'users',
    one: 'user',
    by: 'SID or identity',
    path: (rest) => rest.inService('/Users'),
    key: 'users',
    columns: ['sid', 'identity', 'friendly_name', 'is_online', 'date_created'],
    filters: Type.Object({}),
    create: CreateUser,
    update: UpdateUser,
    examples: ['parley users create --identity alice --friendly-name Alice', 'parley users get alice --json'],
  },
]

/** Messages are sent and followed by commands of their own (messages.ts). */
const messages: Kind = {
  name: 'messages',
  one: 'message',
  parent: 'conversation',
  by: 'SID',
  path: (rest, conversation) => rest.inService(`/Conversations/${within(conversation)}/Messages`),
  key: 'messages',
  columns: ['index', 'sid', 'author', 'body', 'date_created'],
  filters: ListMessages,
  update: UpdateMessage,
  examples: [
    'parley messages send order-7 "Hello" --author alice',
    'parley messages tail order-7',
    'parley messages list order-7 --order desc',
  ],
}

export const resourceCommands = (): Command[] => kinds.map(commandOf)
export const messagesCommand = (): Command => commandOf(messages)

type Options = TargetOptions & Record<string, unknown> & { json?: boolean; yes?: boolean; fireWebhooks?: boolean; limit: number }

/** The arguments of an action: those of the command, then its options. */
type Arguments = [...string[], Options]

function commandOf(kind: Kind): Command {
  const verbs = [...(kind.create ? ['make'] : []), 'list', 'look at', ...(kind.update ? ['change'] : [])]
  const command = new Command(kind.name).description(`${kind.name}: ${verbs.join(', ')} and delete them`)
  const server = kind.name === 'services' ? withServer : withService
  const parents = kind.parent ? [`<${kind.parent}>`] : []
  const verb = (name: string, description: string, ...names: string[]) => {
    const made = server(new Command(name)).description(description)
    for (const argument of [...parents, ...names]) made.argument(argument)
    command.addCommand(made)
    return made
  }
  const act =
    (action: (rest: Rest, list: string, name: string, options: Options) => Promise<void>) =>
    (...args: unknown[]) => {
      const given = args.slice(0, -1) as Arguments
      const options = given.pop() as Options
      const names = given as string[]
      const rest = new Rest(findTarget(options))
      const list = kind.path(rest, kind.parent ? (names.shift() as string) : '')
      return action(rest, list, names[0] ?? '', options)
    }

  const filters = fieldsOf(kind.filters)
  withLimit(addFields(verb('list', `list ${kind.name}`), filters)).action(
    act(async (rest, list, _, options) => {
      const parameters = parametersOf(filters, options)
      await showList(rest.list<object>(list, kind.key, { parameters, limit: options.limit }), kind.columns, options)
    }),
  )

  verb('get', `show a ${kind.one}, by ${kind.by}`, `<${kind.one}>`).action(
    act(async (rest, list, name, options) => showResource(await rest.get<object>(`${list}/${within(name)}`), options)),
  )

  if (kind.create) {
    const fields = fieldsOf(kind.create)
    firing(addFields(verb('create', `make a ${kind.one}`), fields)).action(
      act(async (rest, list, _, options) =>
        showResource(await rest.post<object>(list, { parameters: parametersOf(fields, options), headers: headersOf(options) }), options),
      ),
    )
  }

  if (kind.update) {
    const fields = fieldsOf(kind.update)
    firing(addFields(verb('update', `change a ${kind.one}; an empty value clears`, `<${kind.one}>`), fields)).action(
      act(async (rest, list, name, options) => {
        const parameters = parametersOf(fields, options)
        showResource(await rest.post<object>(`${list}/${within(name)}`, { parameters, headers: headersOf(options) }), options)
      }),
    )
  }

  firing(withConsent(verb('delete', `delete a ${kind.one}`, `<${kind.one}>`))).action(
    act(async (rest, list, name, options) => {
      await makeSure(`Delete the ${kind.one} ${name}?`, options)
      await rest.delete(`${list}/${within(name)}`, headersOf(options))
      say(`The ${kind.one} ${name} is deleted.`)
    }),
  )
  return command.addHelpText('after', examples(kind.examples))
}

/** What changes through REST calls webhooks only when asked to (rest-api §1.10). */
export const firing = (command: Command) => command.option('--fire-webhooks', 'let it call the webhooks, as an action of an app does')

export const headersOf = ({ fireWebhooks }: { fireWebhooks?: boolean }): Record<string, string> =>
  fireWebhooks ? { 'x-twilio-webhook-enabled': 'true' } : {}

/** Ends the help of a command. */
export const examples = (lines: readonly string[]) => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
