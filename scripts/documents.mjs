import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Imports a TypeScript file of this repository, whatever it imports. */
export async function load(path) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
  const bundle = { entryPoints: [file], bundle: true, write: false, platform: 'node', format: 'esm', conditions: ['source'] }
  const { outputFiles } = await build(bundle)
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Writes a page; with `--check` it only says whether the page is up to date. */
export function settle(path, text) {
  const page = fileURLToPath(new URL(`../${path}`, import.meta.url))
  if (!process.argv.includes('--check')) writeFileSync(page, text)
  else if (readFileSync(page, 'utf8') !== text) {
    console.error(`${path} is not what the sources say: run \`npm run document\``)
    process.exit(1)
  }
}
