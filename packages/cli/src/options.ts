import { formName } from '@parley/protocol'
import type { TObject, TSchema } from '@sinclair/typebox'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Parameters } from './rest.ts'

/** Options that several commands have. */

export interface OutputOptions {
  json?: boolean
}

/** A command whose result machines can read. */
export const withOutput = (command: Command) => command.option('--json', 'print JSON')

/** A command that talks to a server. */
export const withServer = (command: Command) =>
  withOutput(command)
    .option('-p, --profile <name>', 'profile of the server to talk to')
    .option('--url <address>', 'address of the server, when no profile is meant')

/** A command that works on a service. */
export const withService = (command: Command) =>
  withServer(command).option('--service <sid>', 'service to work on; the one of the profile, or the default one, when absent')

/** A command that takes something away. */
export const withConsent = (command: Command) => command.option('-y, --yes', 'do not ask')

/** Reads a whole number of at least `least`. */
export const wholeNumber = (least: number) => (text: string) => {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least) return number
  throw new InvalidArgumentError(`It has to be a whole number of at least ${least}.`)
}

/** Reads how many things are wanted. */
function amount(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(1)(text)
}

/** A list that may be long. */
export const withLimit = (command: Command) => command.option('--limit <n>', 'how many at most, or `all`', amount, 50)

interface Field {
  /** `MessagingBinding.ProxyAddress` */
  name: string
  option: Option
}

/** The fields of parameters as options: `messaging_binding.proxy_address` is `--messaging-binding-proxy-address`. */
export function fieldsOf(schema: TObject, path: readonly string[] = []): Field[] {
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const here = [...path, name]
    if (property['type'] === 'object' && property['properties']) return fieldsOf(property as TObject, here)
    return [{ name: here.map(formName).join('.'), option: optionOf(here, property, (schema.required ?? []).includes(name)) }]
  })
}

function optionOf(path: readonly string[], schema: TSchema, required: boolean): Option {
  const isList = schema['type'] === 'array'
  const word = `<${isList ? 'text, repeatable' : valueName(schema)}>`
  const option = new Option(`--${path.join('-').replaceAll('_', '-')} ${word}`, describe(path, schema))
  if (isList) option.argParser((text: string, before: string[] = []) => [...before, text])
  return option.makeOptionMandatory(required)
}

function valueName(schema: TSchema): string {
  if (schema['format'] === 'date-time') return 'date'
  if (schema['type'] === 'boolean') return 'true|false'
  if (schema['type'] === 'integer') return 'number'
  return schema['description'] === 'JSON text' ? 'json' : 'text'
}

function describe(path: readonly string[], schema: TSchema): string {
  const words = path
    .join(' ')
    .replaceAll('_', ' ')
    .replace(/\bsid(s?)\b/g, 'SID$1')
  const values = schema['enum'] as string[] | undefined
  return values ? `${words}: ${values.join(', ')}` : words
}

export function addFields(command: Command, fields: readonly Field[]): Command {
  for (const { option } of fields) command.addOption(option)
  return command
}

/** What was given for the fields, as a form has it. */
export function parametersOf(fields: readonly Field[], options: Record<string, unknown>): Parameters {
  return fields.flatMap(({ name, option }) => {
    const given = options[option.attributeName()]
    if (given === undefined) return []
    return (Array.isArray(given) ? given : [given]).map((value: unknown): [string, string] => [name, String(value)])
  })
}
