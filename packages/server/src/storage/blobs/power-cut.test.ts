import { mkdtempSync, rmSync } from 'node:fs'
import type * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openFileBlobs } from './file-blobs.ts'

const disk = vi.hoisted(() => ({ reached: [] as string[] }))

vi.mock('node:fs/promises', async (original) => {
  const { open, ...others } = await original<typeof files>()
  return {
    ...others,
    async open(...parameters: Parameters<typeof open>) {
      const file = await open(...parameters)
      const sync = file.sync.bind(file)
      file.sync = () => sync().then(() => void disk.reached.push(String(parameters[0])))
      return file
    },
  }
})

it('a blob is written when its bytes, its name and the names of its folders are on the disk', async () => {
  const data = mkdtempSync(join(tmpdir(), 'parley-blobs-'))
  try {
    const folder = join(data, 'media')
    const blobs = openFileBlobs(folder)
    async function* content() {
      yield Buffer.from('bytes')
    }
    await blobs.write('7f/ME1', content())
    expect(disk.reached).toEqual([join(folder, '7f', 'ME1.part'), join(folder, '7f'), folder, data])

    disk.reached.length = 0
    await blobs.write('7f/ME2', content())
    expect(disk.reached).toEqual([join(folder, '7f', 'ME2.part'), join(folder, '7f')])
  } finally {
    rmSync(data, { recursive: true })
  }
})
