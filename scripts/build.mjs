import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const server = join(root, 'packages/server/src')
const sources = [join(root, 'packages/protocol/src'), server]
const dist = join(root, 'packages/server/dist')
const stampFile = join(dist, '.built')

/** Bundles the server into `packages/server/dist`, when its sources have changed since the last time. */
export async function buildWhenChanged() {
  const stamp = stampOfSources()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  await build()
}

/**
 * Bundles the server and our own packages into one file; packages of others stay where npm put them.
 * Ends the process when the sources have errors, which it prints.
 */
async function build() {
  const esbuild = await import('esbuild')
  const stamp = stampOfSources()
  rmSync(dist, { recursive: true, force: true })
  try {
    await esbuild.build({
      entryPoints: [join(server, 'main.ts')],
      outdir: dist,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: true,
      conditions: ['source'],
      plugins: [{ name: 'packages of others', setup: leaveOutPackagesOfOthers }],
    })
  } catch {
    // esbuild has told what is wrong.
    process.exit(1)
  }
  // Plain JavaScript among the sources is what the server starts as a thread, from a file beside its own.
  for (const file of filesOf(server).filter((file) => /\.m?js$/.test(file))) copyFileSync(file, join(dist, basename(file)))
  writeFileSync(stampFile, stamp)
}

/** Packages of others that are many small modules: read as part of one file, they make the start a third shorter. */
const bundled = /^(@parley\/|@sinclair\/typebox|jose$|kysely$)/

function leaveOutPackagesOfOthers({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) => (kind === 'entry-point' || bundled.test(path) ? undefined : { path, external: true }))
}

/** Changes when a source file does: by its time and size, as reading them all would take longer. */
function stampOfSources() {
  const listing = sources.flatMap(filesOf).map((file) => {
    const { mtimeMs, size } = statSync(file)
    return `${file} ${mtimeMs} ${size}`
  })
  const rules = readFileSync(fileURLToPath(import.meta.url), 'utf8')
  return createHash('sha256')
    .update([rules, ...listing].join('\n'))
    .digest('hex')
}

function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build()
  await buildClient()
}
