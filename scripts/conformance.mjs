// `npm run conformance -- results.json …` writes docs/compatibility.md from what `npm test -- --reporter=json --outputFile=results.json` found;
// without files, from what was found the last time.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const page = `${root}/docs/compatibility.md`
const kept = `${root}/docs/compatibility.tsv`
const { proofsOf, readProofs, writeProofs } = await load('spec/conformance/proofs.ts')
const { compatibilityPage } = await load('spec/conformance/page.ts')

const files = process.argv.slice(2)
if (files.length > 0) {
  const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')))
  writeFileSync(kept, writeProofs(proofsOf(runs, root)))
}
writeFileSync(page, compatibilityPage(readProofs(readFileSync(kept, 'utf8'))))

/** Imports a TypeScript file of the repository, whatever it imports. */
async function load(file) {
  const folder = `${root}/node_modules/.cache/parley`
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}/${file.replaceAll('/', '-').replace(/\.ts$/, '.mjs')}`
  const conditions = ['source']
  await build({
    entryPoints: [`${root}/${file}`],
    bundle: true,
    outfile,
    platform: 'node',
    format: 'esm',
    conditions,
    external: ['typescript'],
  })
  return import(pathToFileURL(outfile).href)
}
