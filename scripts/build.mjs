import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const server = join(root, 'packages/server/src')
const dist = join(root, 'packages/server/dist')
const webApp = join(root, 'apps/web')
const sourcesOf = (...packages) => packages.map((name) => join(root, 'packages', name, 'src'))

/** What is built, each on its own: the server, and beside its bundle the pages that it serves. */
const parts = [
  { folder: dist, sources: sourcesOf('protocol', 'server'), build: buildServer },
  {
    folder: join(dist, 'web'),
    sources: [
      ...sourcesOf('protocol', 'client', 'react'),
      ...['src', 'public', 'index.html', 'console.html', 'vite.config.ts'].map((path) => join(webApp, path)),
    ],
    build: buildWeb,
  },
]

/** Bundles the server and its pages into `packages/server/dist`: those whose sources have changed since the last time. */
export async function buildWhenChanged() {
  for (const part of parts) if (readStamp(part) !== stampOf(part)) await build(part)
}

/** Ends the process when the sources have errors, which it prints. */
async function build(part) {
  const stamp = stampOf(part)
  await part.build(part.folder)
  writeFileSync(stampFile(part), stamp)
}

/** Bundles the server and what it stands on into one file, and a few that are loaded when they are needed. */
async function buildServer(folder) {
  const esbuild = await import('esbuild')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (name !== 'web') rmSync(join(folder, name), { recursive: true, force: true })
  try {
    await esbuild.build({
      entryPoints: [{ in: join(server, 'main.ts'), out: 'main' }, ...threads],
      outdir: folder,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: true,
      conditions: ['source'],
      external: outside,
      banner: { js: requireForBundled },
      ...swift,
    })
  } catch {
    // esbuild has told what is wrong.
    process.exit(1)
  }
  // Plain JavaScript among the sources is what the server starts as a thread, from a file beside its own.
  for (const file of filesOf(server).filter((file) => /\.m?js$/.test(file))) copyFileSync(file, join(folder, basename(file)))
}

/** What the server starts as threads: each a file beside its own. */
export const threads = [{ in: join(server, 'webhooks/calling-thread.ts'), out: 'calling-thread' }]

/**
 * What cannot be part of a bundle, for it has a native part, or need not be there: all else in one file halves the time of a start. Compilers of schemas
 * and requests without a network are parts of the web framework that the server never asks for.
 */
export const outside = [
  'better-sqlite3',
  'pg-native',
  '@aws-sdk/client-s3',
  'pino-pretty',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
]

/**
 * What is loaded later, if ever, is a file of its own; and what is read at every start has no comments and no white space. Names stay, and lines are
 * short enough for a stack to say where it was.
 */
export const swift = { splitting: true, minifyWhitespace: true, minifySyntax: true, lineLimit: 160, legalComments: 'none' }

/** CommonJS packages in an ES module ask for what Node brings along. */
export const requireForBundled = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"

/** Bundles the web app. It takes the place of the old one in one step, as a server may be starting. */
async function buildWeb(folder) {
  const { build: bundle } = await import('vite')
  const fresh = `${folder}-${process.pid}`
  const { NODE_ENV } = process.env
  // Whoever builds, tests too: what is built stays, and the development build of React is twice as large and half as fast.
  process.env.NODE_ENV = 'production'
  try {
    await bundle({ configFile: join(webApp, 'vite.config.ts'), logLevel: 'warn', build: { outDir: fresh } })
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    console.error(error.message)
    process.exit(1)
  }
  // What is started next, such as the tests, is no production.
  if (NODE_ENV === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = NODE_ENV
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}

const stampFile = ({ folder }) => join(folder, '.built')
const readStamp = (part) => (existsSync(stampFile(part)) ? readFileSync(stampFile(part), 'utf8') : undefined)

/** Changes when a source file does: by its time and size, as reading them all would take longer. */
export function stampOf({ sources }) {
  const listing = sources.flatMap(filesOf).map((file) => {
    const { mtimeMs, size } = statSync(file)
    return `${file} ${mtimeMs} ${size}`
  })
  const rules = readFileSync(fileURLToPath(import.meta.url), 'utf8')
  return createHash('sha256')
    .update([rules, ...listing].join('\n'))
    .digest('hex')
}

export function filesOf(place) {
  if (!statSync(place).isDirectory()) return [place]
  const entries = readdirSync(place, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const part of parts) await build(part)
  await buildClient()
}
