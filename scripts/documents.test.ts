import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it.each([
  ['docs/settings.md', 'document-settings.mjs'],
  ['docs/webhook-events.md', 'document-webhooks.mjs'],
])('%s says what its sources say', (_, script) => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), '--check'], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
