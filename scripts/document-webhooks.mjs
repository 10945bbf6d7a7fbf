// `npm run document` writes docs/webhook-events.md from the schemas of the events; with `--check` it only says whether the page is up to date.
import { load, settle, table } from './documents.mjs'

const { webhookEvents, preActionEvents, postActionEvents } = await load('packages/protocol/src/webhook-events.ts')

const first = Object.keys(webhookEvents.onUserAdded.properties).slice(0, 6)
const meaning = ({ description, enum: words, const: value }) =>
  value !== undefined ? `\`${value}\`` : description + (words ? `: ${words.map((word) => `\`${word}\``).join(', ')}` : '')
const rows = ({ properties, required }, names) =>
  names.map((name) => [`\`${name}\``, required.includes(name) ? '' : 'when it has a value', meaning(properties[name])])
const event = (name) => {
  const schema = webhookEvents[name]
  const own = Object.keys(schema.properties).filter((one) => !first.includes(one))
  return `### ${name}\n\n${schema.description}\n\n${table(['parameter', '', ''], rows(schema, own))}`
}

const common = {
  ...webhookEvents.onUserAdded,
  properties: { ...webhookEvents.onUserAdded.properties, EventType: { description: 'the name of the event' } },
}

settle(
  'docs/webhook-events.md',
  `# Webhook events

<!-- Written by \`npm run document\` from packages/protocol/src/webhook-events.ts. -->

What webhooks are told, event by event. [The guide](guides/webhooks.md) tells when, and what an answer does. Parameters are fields of a form, or of the
query with \`GET\`; every value is text, and what has no value is left out. Times are UTC with milliseconds. Accept parameters that are not here: more may
come. Types and JSON schemas of all events are in \`@parley/protocol\`.

## With every event

${table(['parameter', '', ''], rows(common, first))}

## Before it is done

${preActionEvents.map(event).join('\n\n')}

## After it was done

${postActionEvents.map(event).join('\n\n')}
`,
)
