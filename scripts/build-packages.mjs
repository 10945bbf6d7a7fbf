// Builds what is published from `packages/`: JavaScript for those who run it, types for those who write against it. `npm pack` calls it.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = join(root, 'node_modules/typescript/bin/tsc')

/** Those that stand below come first: the types of the others name theirs. */
const packages = [
  { name: 'protocol', build: bundle },
  { name: 'client', build: (_, dist) => buildClient(dist), entries: ['index.ts', 'offline.ts'] },
  { name: 'react', build: bundle },
]

/** Builds each package into its `dist`, or into another folder that the function names. */
export async function buildPackages(distOf = (name) => join(root, 'packages', name, 'dist')) {
  for (const { name, build, entries = ['index.ts'] } of packages) {
    const folder = join(root, 'packages', name)
    await build(folder, distOf(name))
    declare(name, entries, distOf)
  }
}

/** One ES module; what it stands on is installed beside it. */
async function bundle(folder, dist) {
  const { build } = await import('esbuild')
  rmSync(dist, { recursive: true, force: true })
  await build({
    entryPoints: [join(folder, 'src/index.ts')],
    outfile: join(dist, 'index.js'),
    bundle: true,
    packages: 'external',
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  })
}

/** Writes the types beside the JavaScript. @throws with what the compiler says */
function declare(name, entries, distOf) {
  const source = join(root, 'packages', name, 'src')
  const config = join(distOf(name), 'tsconfig.json')
  const compilerOptions = {
    declaration: true,
    emitDeclarationOnly: true,
    noEmit: false,
    incremental: false,
    tsBuildInfoFile: null,
    customConditions: null,
    outDir: distOf(name),
    rootDir: source,
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
    jsx: 'react-jsx',
    typeRoots: [join(root, 'node_modules/@types')],
    paths: Object.fromEntries(packages.map((other) => [`@parley/${other.name}`, [join(distOf(other.name), 'index.d.ts')]])),
  }
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      include: [],
      files: entries.map((entry) => join(source, entry)),
    }),
  )
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8' })
  rmSync(config)
  if (status !== 0) throw new Error(`The types of @parley/${name} could not be written:\n${stdout}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackages()
