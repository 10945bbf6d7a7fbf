import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildWhenChanged } from '../scripts/build.mjs'
import { buildClient } from '../scripts/build-client.mjs'

// Bundles the server, if it changed, the client and the benchmarks, then runs them in this process: `npm run bench -- --help` says what there is.
const anotherServer = process.argv.some((argument) => argument === '--bare' || argument.startsWith('--server'))
if (!anotherServer) await buildWhenChanged()
await buildClient()
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
await build({
  entryPoints: ['main.ts', 'limits/bare-server.ts', 'limits/bare-fan-out.ts', 'limits/bare-commits.ts', 'bots/hanging-receiver.ts'].map(
    here,
  ),
  outdir: here('dist'),
  entryNames: '[name]',
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})
await import('./dist/main.js')
