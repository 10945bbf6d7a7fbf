import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assertKey, BlobMissing, type BlobStore } from './blob-store.ts'

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/**
 * Blobs as files of a folder. A blob is written under another name, and gets its own when all its bytes are on the disk: nobody ever reads
 * half of it.
 */
export function openFileBlobs(folder: string): BlobStore {
  const fileOf = (key: string) => {
    assertKey(key)
    return join(folder, key)
  }
  const draftOf = (file: string) => `${file}.part`

  return {
    async write(key, content) {
      const file = fileOf(key)
      const shard = dirname(file)
      await mkdir(shard, { recursive: true, mode: 0o700 })
      const draft = draftOf(file)
      await writeAll(await open(draft, 'wx', 0o600), content)
      await rename(draft, file)
      await syncFolder(shard)
    },

    async read(key, range) {
      const handle = await open(fileOf(key), 'r').catch((error: unknown) => {
        throw isMissing(error) ? new BlobMissing(key, error) : error
      })
      return createReadStream('', { fd: handle, ...range, highWaterMark: 65_536 })
    },

    async remove(key) {
      const file = fileOf(key)
      await rm(draftOf(file), { force: true })
      await rm(file, { force: true })
    },

    close() {},
  }
}

async function writeAll(handle: FileHandle, content: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const chunk of content) {
      for (let written = 0; written < chunk.length; ) written += (await handle.write(chunk, written)).bytesWritten
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The name of a new file is as safe as its content only after this. Windows has no such call, and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
