import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { assertKey, BlobMissing, type BlobStore } from './blob-store.ts'

/** A folder that may not be read was made by somebody else. */
function unlessForbidden(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EACCES') throw error
}

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
  /** Folders whose names are on the disk. */
  const known = new Set<string>()
  /** Those that may have been made with a folder of blobs. */
  function* foldersAbove(shard: string): Generator<string> {
    const root = resolve(folder)
    for (let above = dirname(resolve(shard)); above.length >= root.length; above = dirname(above)) yield above
    yield dirname(root)
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
      if (known.has(shard)) return
      // Whoever made the folder may not have come so far yet.
      for (const above of foldersAbove(shard)) await syncFolder(above).catch(unlessForbidden)
      known.add(shard)
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
