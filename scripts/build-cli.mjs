// Bundles the command line, with server and client in it, into `packages/cli/dist`: the package `parley` as it is published, which needs no clone.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesOf, outside, requireForBundled, stampOf } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages/cli')
const dist = join(cli, 'dist')
const stampFile = join(dist, '.built')
const workspaces = ['cli', 'client', 'protocol', 'server'].map((name) => join(root, 'packages', name))
const read = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const { version, license } = read(cli)

/** Builds the package when its sources have changed since the last time. */
export async function buildCliWhenChanged() {
  const stamp = stampOf({ sources: [...workspaces.map((folder) => join(folder, 'src')), fileURLToPath(import.meta.url)] })
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  await buildCli()
  writeFileSync(stampFile, stamp)
}

export async function buildCli() {
  const esbuild = await import('esbuild')
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  const { metafile } = await esbuild.build({
    entryPoints: [join(cli, 'src/parley.ts')],
    outdir: dist,
    bundle: true,
    // The server is read by the commands that need it alone.
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    define: { PARLEY_VERSION: JSON.stringify(version) },
    metafile: true,
    logLevel: 'error',
    banner: { js: requireForBundled },
    external: outside,
  })
  chmodSync(join(dist, 'parley.js'), 0o755)
  // What the server starts as a thread lies beside it.
  for (const file of filesOf(join(root, 'packages/server/src')).filter((one) => /\.m?js$/.test(one)))
    copyFileSync(file, join(dist, basename(file)))
  for (const file of ['LICENSE', 'README.md']) copyFileSync(join(root, file), join(dist, file))
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifestOf(metafile), null, 2)}\n`)
}

/** The `package.json` that is published: it depends on what is not in the bundle, in the versions that our packages ask for. */
function manifestOf({ outputs }) {
  const imported = new Set(
    Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path)),
  )
  const manifests = workspaces.map(read)
  const versionsIn = (kind) => Object.assign({}, ...manifests.map((one) => one[kind] ?? {}))
  const [required, peers] = [versionsIn('dependencies'), versionsIn('peerDependencies')]
  const names = outside.filter((name) => imported.has(name) && (required[name] ?? peers[name]) !== undefined)

  const pick = (versions, wanted) => Object.fromEntries(wanted.map((name) => [name, versions[name]]))
  const optional = names.filter((name) => required[name] === undefined)
  return {
    name: 'parley',
    version,
    description: 'An open, self-hosted conversations service, compatible with the Twilio Conversations API: server and command line.',
    license,
    type: 'module',
    engines: read(root).engines,
    bin: { parley: 'parley.js' },
    dependencies: pick(
      required,
      names.filter((name) => required[name] !== undefined),
    ),
    peerDependencies: pick(peers, optional),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli()
