import { beforeAll, expect, it } from 'vitest'
import { buildClient, sizes } from './build-client.mjs'

beforeAll(() => buildClient())

it('the client is small: at most 30 kB on its way to a page, a fraction of the original', () => {
  const { ours, original } = sizes()
  expect(ours.gzip).toBeLessThanOrEqual(30_000)
  expect(ours.gzip * 4).toBeLessThan(original.gzip)
})

it('the single file brings everything under one name, and nothing else', async () => {
  const before = Object.keys(globalThis)
  // @ts-expect-error It is made by the build.
  await import('../packages/client/dist/parley-conversations.min.js')
  expect(Object.keys(globalThis).filter((name) => !before.includes(name))).toEqual(['Parley'])
  const { Parley } = globalThis as unknown as { Parley: { Conversations: { Client: { version: string } } } }
  expect(Parley.Conversations.Client.version).toEqual(expect.any(String))
})
