import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { TestProject } from 'vitest/node'
// @ts-expect-error a script in JavaScript
import { requireForBundled, threads } from '../../scripts/build.mjs'

declare module 'vitest' {
  export interface ProvidedContext {
    /** File of the thread that calls receivers of webhooks. */
    callingThread: string
  }
}

/** Runs before all tests: Node starts a thread from a file that it can read as it is, so what the sources say is bundled. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-threads-'))
  await build({
    entryPoints: threads,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: requireForBundled },
  })
  project.provide('callingThread', pathToFileURL(join(folder, 'calling-thread.mjs')).href)
  return () => rmSync(folder, { recursive: true })
}
