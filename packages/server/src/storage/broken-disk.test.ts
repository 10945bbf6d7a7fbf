import type * as files from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import { BareWorld } from './bare-world.ts'

const disk = vi.hoisted(() => ({ broken: false }))

vi.mock('node:fs/promises', async (original) => {
  const { open, ...others } = await original<typeof files>()
  return {
    ...others,
    async open(...parameters: Parameters<typeof open>) {
      const file = await open(...parameters)
      const datasync = file.datasync.bind(file)
      file.datasync = () => (disk.broken ? Promise.reject(new Error('EIO: the disk is broken')) : datasync())
      return file
    },
  }
})

it('when the disk fails nothing is acknowledged or told, and nothing more is written until the next start', async () => {
  await using world = await BareWorld.open('sqlite', { freshDatabase: () => Promise.reject(new Error('SQLite needs none')) })
  const { sid } = await world.conversation()
  await world.say(sid, 'before')
  const told = world.told.length

  disk.broken = true
  const first = Promise.allSettled([world.say(sid, 'one')])
  // The second runs while the disk is still busy with the first.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const outcomes = [...(await Promise.allSettled([world.user('two')])), ...(await first)]
  disk.broken = false
  const later = await Promise.allSettled([world.say(sid, 'three'), world.store.ping()])

  for (const outcome of [...outcomes, ...later]) expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'unavailable' } })
  expect(world.told.length).toBe(told)
  expect(await world.store.read.messages.find(sid, 'IM')).toBeUndefined()

  await world.reopen()
  expect((await world.say(sid, 'after the start')).message.body).toBe('after the start')
})
