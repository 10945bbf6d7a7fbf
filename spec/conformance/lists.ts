import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { errorCatalogue, originalOperations, webhookEventTypes } from '@parley/protocol'
import ts from 'typescript'
import { neverAnswered } from './deviations.ts'

/** Something that the original has, and that works here or does not. */
export interface Item {
  /** As tests note it: `operation FetchUser`, `method Client#getUser`, `event Client#messageAdded`, `code 50107`. */
  use: string
  /** What readers know it by. */
  name: string
  /** What else helps them. */
  about: string
}

/** Every REST operation: those of the conversations API first. */
export const operations: readonly Item[] = originalOperations
  // No helper library has calls for media.
  .filter(({ api }) => api !== 'media')
  .map(({ id, method, path }) => ({ use: `operation ${id}`, name: id, about: `\`${method} ${path}\`` }))

/** Every code that Parley can answer. */
export const errorCodes: readonly Item[] = [...new Map(Object.values(errorCatalogue).map((meaning) => [meaning.code, meaning])).values()]
  .filter(({ code }) => neverAnswered[code] === undefined)
  .sort((a, b) => a.code - b.code)
  .map(({ code, status, text }) => ({ use: `code ${code}`, name: String(code), about: `${text} (${status})` }))

/** The events that webhooks are called for, before something happens and after it. */
export const webhookEvents: readonly Item[] = webhookEventTypes.map((name) => ({ use: `webhook ${name}`, name, about: '' }))

/** The public methods, and the events, of the classes that the typings of the original's SDK export. */
export function sdkMembers(): { methods: Item[]; events: Item[] } {
  const file = createRequire(import.meta.url)
    .resolve('@twilio/conversations')
    .replace(/lib\.js$/, 'lib.d.ts')
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const exported = new Set(
    source.statements
      .filter(ts.isExportDeclaration)
      .flatMap(({ exportClause }) =>
        exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : [],
      ),
  )
  const classes = source.statements.filter(ts.isClassDeclaration).filter(({ name }) => name && exported.has(name.text))
  const methods = classes.flatMap((one) => one.members.filter(ts.isMethodDeclaration).flatMap((method) => methodOf(source, one, method)))
  const events = source.statements
    .filter(ts.isTypeAliasDeclaration)
    .filter(({ name, type }) => name.text.endsWith('Events') && ts.isTypeLiteralNode(type) && exported.has(name.text.slice(0, -6)))
    .flatMap(({ name, type }) =>
      (type as ts.TypeLiteralNode).members.map((member) => item('event', `${name.text.slice(0, -6)}#${member.name?.getText(source)}`)),
    )
  return { methods: distinct(methods), events: distinct(events) }
}

const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword]

function methodOf(source: ts.SourceFile, owner: ts.ClassDeclaration, { name, modifiers = [] as never }: ts.MethodDeclaration): Item[] {
  const has = (kind: ts.SyntaxKind) => modifiers.some((modifier) => modifier.kind === kind)
  const text = name.getText(source)
  if (hidden.some(has) || text.startsWith('_')) return []
  return [item('method', `${owner.name?.text}${has(ts.SyntaxKind.StaticKeyword) ? '.' : '#'}${text}`)]
}

const item = (kind: string, name: string): Item => ({ use: `${kind} ${name}`, name, about: '' })

/** Each once: an overloaded method is declared several times. */
const distinct = (items: Item[]) => [...new Map(items.map((one) => [one.use, one])).values()]
