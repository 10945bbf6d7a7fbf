import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lackingInOlderSdk, onPostgresToo } from './older-sdk.ts'

it('what SDK 1.2.0 lacks names suites and tests that exist', () => {
  const files = readdirSync('spec', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join('spec', file), 'utf8'))
  const suite = (title: string) => files.find((text) => text.includes(`onEveryStage('${title}'`))
  for (const title of onPostgresToo) expect(suite(title), title).toBeDefined()
  for (const [title, tests] of Object.entries(lackingInOlderSdk))
    for (const name of Object.keys(tests)) expect(suite(title), `${title}: ${name}`).toContain(`it('${name}'`)
})
