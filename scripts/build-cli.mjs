// Bundles the command line, with server and client in it, into `packages/cli/dist`: the package `parley` as it is published, which needs no clone.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWhenChanged, filesOf, outside, requireForBundled, stampOf, swift, threads } from './build.mjs'

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
  const fresh = mkdtempSync(join(cli, 'dist-'))
  try {
    const { metafile } = await esbuild.build({
      entryPoints: [{ in: join(cli, 'src/parley.ts'), out: 'parley' }, ...threads],
      outdir: fresh,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      conditions: ['source'],
      define: { PARLEY_VERSION: JSON.stringify(version) },
      metafile: true,
      logLevel: 'error',
      banner: { js: requireForBundled },
      external: outside,
      // The server is read by the commands that need it alone.
      ...swift,
    })
    chmodSync(join(fresh, 'parley.js'), 0o755)
    // What the server starts as a thread lies beside it.
    for (const file of filesOf(join(root, 'packages/server/src')).filter((one) => /\.m?js$/.test(one)))
      copyFileSync(file, join(fresh, basename(file)))
    for (const file of ['LICENSE', 'README.md']) copyFileSync(join(root, file), join(fresh, file))
    writeFileSync(join(fresh, 'LICENSES-OF-OTHERS.txt'), licensesOf(metafile))
    writeFileSync(join(fresh, 'package.json'), `${JSON.stringify(manifestOf(metafile), null, 2)}\n`)
    replace(fresh)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** File by file, as somebody may be running what was there. */
function replace(fresh) {
  mkdirSync(dist, { recursive: true })
  const files = readdirSync(fresh)
  for (const file of files) renameSync(join(fresh, file), join(dist, file))
  for (const file of readdirSync(dist)) if (!files.includes(file)) rmSync(join(dist, file), { recursive: true, force: true })
}

/** Builds the package with the web pages, and packs it as `npm publish` would. @returns the tarball, in this folder */
export async function packCli(folder) {
  await buildWhenChanged()
  await buildCli()
  cpSync(join(root, 'packages/server/dist/web'), join(dist, 'web'), { recursive: true, filter: (file) => !file.endsWith('.built') })
  const npm = process.env['npm_execpath']
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const flags = ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`]
  const [{ filename }] = JSON.parse(
    execFileSync(command, [...first, ...flags], { cwd: dist, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  return join(folder, filename)
}

/** What their licenses ask for: the packages of others that are in the bundle, each with its license. */
function licensesOf({ inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(resolve(file))?.[1] ?? [])
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version: theirs, license: spdx } = read(folder)
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
    return `${name} ${theirs} (${spdx})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : 'No text came with the package.'}`
  })
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
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
    files: ['*.js', 'web', 'LICENSES-OF-OTHERS.txt'],
    dependencies: pick(
      required,
      names.filter((name) => required[name] !== undefined),
    ),
    peerDependencies: pick(peers, optional),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
  }
}

// `npm run pack:cli` leaves the package where it was called.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await packCli(process.cwd()))
