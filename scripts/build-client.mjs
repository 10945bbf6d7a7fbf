// Bundles the client SDK into `packages/client/dist`: ES modules for bundlers and for Node, and one file for a `<script>` tag. Says how large they are.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const client = join(root, 'packages/client')
const dist = join(client, 'dist')

const common = { bundle: true, target: 'es2022', conditions: ['source'], sourcemap: true, logLevel: 'warning' }

/** Each file and how it is made. */
const outputs = [
  { entryPoints: ['src/index.ts'], outfile: 'index.js', format: 'esm', platform: 'neutral' },
  { entryPoints: ['src/node.ts'], outfile: 'node.js', format: 'esm', platform: 'node', target: 'node20' },
  { entryPoints: ['src/offline.ts'], outfile: 'offline.js', format: 'esm', platform: 'neutral' },
  { entryPoints: ['src/global.ts'], outfile: 'parley-conversations.js', format: 'iife', platform: 'browser' },
  { entryPoints: ['src/global.ts'], outfile: 'parley-conversations.min.js', format: 'iife', platform: 'browser', minify: true },
]

export async function buildClient(folder = dist) {
  const esbuild = await import('esbuild')
  mkdirSync(folder, { recursive: true })
  for (const { entryPoints, outfile, ...rest } of outputs) {
    const files = { entryPoints: entryPoints.map((file) => join(client, file)), outfile: join(folder, outfile) }
    const { outputFiles } = await esbuild.build({ ...common, ...rest, ...files, write: false })
    for (const { path, contents } of outputFiles) {
      // In one step, as somebody may be reading what was there.
      const draft = `${path}.${process.pid}`
      writeFileSync(draft, contents)
      renameSync(draft, path)
    }
  }
}

/** Bytes of a file, and of the same file as a web server sends it. */
function sizeOf(file) {
  const bytes = readFileSync(file)
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
}

/** What a page has to load: our single file, and the original's. */
export function sizes() {
  const original = createRequire(join(client, 'package.json')).resolve('@twilio/conversations')
  return {
    ours: sizeOf(join(dist, 'parley-conversations.min.js')),
    original: sizeOf(join(dirname(original), 'twilio-conversations.min.js')),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildClient()
  const { ours, original } = sizes()
  console.log(
    `@parley/client: ${ours.bytes} bytes, ${ours.gzip} with gzip; @twilio/conversations: ${original.bytes}, ${original.gzip} with gzip`,
  )
}
