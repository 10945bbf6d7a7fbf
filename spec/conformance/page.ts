import { deviations, neverAnswered } from './deviations.ts'
import { errorCodes, type Item, operations, sdkMembers, webhookEvents } from './lists.ts'
import type { Proof } from './proofs.ts'

/** SDKs that have a column, whatever was run. */
const sdks = ['3.0.1', '2.6.5', 'our own']

/** The page that says what works: `docs/compatibility.md`. */
export function compatibilityPage(proofs: readonly Proof[]): string {
  const found = new Map(proofs.map((proof) => [`${proof.use} @ ${proof.version}`, proof]))
  const versionsOf = (kind: string, known: readonly string[] = []) => {
    const tried = proofs.filter(({ use }) => use.startsWith(`${kind} `)).map(({ version }) => version)
    return [...new Set([...known, ...tried])]
  }
  const section = (title: string, items: readonly Item[], versions: readonly string[]) => table(title, items, versions, found)
  const { methods, events } = sdkMembers()
  const helpers = versionsOf('operation')
  const clients = versionsOf('method', sdks)

  return `# Compatibility

<!-- Written by \`npm run conformance\`. What works stands in the results of the tests, and reasons for what does not in spec/conformance/deviations.ts. -->

What of the original works here, by library and version. A line says **works** when tests that passed used it and saw it succeed, and none failed; it
names one of them. **No proof** means that no test used it: it may work or not. [How this page is made](decisions/0018-what-works-is-what-tests-used.md).

${section('REST operations', operations, helpers.length > 0 ? helpers : ['twilio-node'])}

${section('Methods of the client SDK', methods, clients)}

${section('Events of the client SDK', events, clients)}

${section('Webhook events', webhookEvents, ['Parley'])}

${section('Error codes', errorCodes, ['Parley'])}

## Error codes of the original that are never answered

${list(
  ['', 'Why'],
  Object.entries(neverAnswered).map(([code, reason]) => [`\`${code}\``, reason]),
)}
`
}

type Found = ReadonlyMap<string, Proof>

function table(title: string, items: readonly Item[], versions: readonly string[], found: Found): string {
  const described = items.some(({ about }) => about !== '')
  const head = ['', ...(described ? ['What it is'] : []), ...versions, 'A test of it']
  const rows = items.map((one) => {
    const proofs = versions.map((version) => found.get(`${one.use} @ ${version}`))
    const test = proofs.find((proof) => proof && proof.passed > 0)?.test ?? ''
    return [`\`${one.name}\``, ...(described ? [one.about] : []), ...proofs.map((proof) => stateOf(proof, one)), test && `\`${test}\``]
  })
  const proven = items.filter(({ use }) => versions.some((version) => works(found.get(`${use} @ ${version}`)))).length
  return `## ${title}\n\n${proven} of ${items.length} work.\n\n${list(head, rows)}`
}

const list = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const works = (proof: Proof | undefined) => proof !== undefined && proof.passed > 0 && proof.failed === 0

function stateOf(proof: Proof | undefined, { use }: Item): string {
  const deviation = deviations[use]
  const note = deviation === undefined ? '' : `: ${deviation}`
  if (proof && proof.failed > 0) return `**fails**${note}`
  if (works(proof)) return deviation === undefined ? 'works' : `works, deviates${note}`
  return `no proof${note}`
}
