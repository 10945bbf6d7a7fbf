import { constants, type Dirent, existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from './file-blobs.ts'

/** What was copied. */
export interface BlobAmount {
  files: number
  bytes: number
}

export interface CopiedBlobs extends BlobAmount {
  /** Takes away the copies that were made, and none that was there before. */
  undo(): Promise<void>
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/**
 * Copies the blobs of one folder into another, while servers go on: a blob never changes, and one that is half written has another name. What is
 * removed meanwhile is left out; what is there already is not written again. Resolves when all copies would survive a power cut.
 */
export async function copyFileBlobs(from: string, to: string, progress: (files: number) => void = () => {}): Promise<CopiedBlobs> {
  const made: string[] = []
  const copied = { files: 0, bytes: 0, undo: () => removeAll(made) }
  await mkdir(to, { recursive: true, mode: 0o700 })
  try {
    for await (const folder of foldersIn(from)) {
      let isNew = false
      for (const name of folder.files) {
        const target = join(to, folder.path, name)
        const { bytes, wasThere } = await copyBlob(join(from, folder.path, name), target)
        if (bytes === undefined) continue
        if (!wasThere) made.push(target)
        isNew ||= !wasThere
        copied.files++
        copied.bytes += bytes
        progress(copied.files)
      }
      if (isNew) await syncFolder(join(to, folder.path))
    }
    await syncFolder(to)
    return copied
  } catch (error) {
    await copied.undo()
    throw error
  }
}

/** The same into a new folder, which gets its name when all of it is there. @throws when there is such a folder already */
export async function keepFileBlobs(from: string, to: string, progress?: (files: number) => void): Promise<BlobAmount> {
  const draft = `${to}.incoming`
  // Left by somebody who was interrupted.
  await rm(draft, { recursive: true, force: true })
  try {
    const { files, bytes } = await copyFileBlobs(from, draft, progress)
    await rename(draft, to)
    await syncFolder(dirname(to))
    return { files, bytes }
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** The folders with files in them, one after the other: a shard at a time is kept in memory. */
async function* foldersIn(root: string, path = ''): AsyncGenerator<{ path: string; files: string[] }> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (isMissing(error)) return []
    throw error
  })
  const files = entries.filter((entry) => entry.isFile() && /^[\w-]+$/.test(entry.name)).map(({ name }) => name)
  if (files.length > 0) yield { path, files }
  for (const entry of entries) if (entry.isDirectory()) yield* foldersIn(root, join(path, entry.name))
}

/** @returns how many bytes it has; `undefined` when it is gone */
async function copyBlob(from: string, to: string): Promise<{ bytes?: number; wasThere: boolean }> {
  const draft = `${to}.part`
  try {
    const { size } = await stat(from)
    if ((await stat(to).catch(() => undefined))?.size === size) return { bytes: size, wasThere: true }
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    // A copy that shares its blocks with the original, where the file system can.
    await copyFile(from, draft, constants.COPYFILE_FICLONE)
    const handle = await open(draft, 'r+')
    await handle.sync().finally(() => handle.close())
    await rename(draft, to)
    return { bytes: size, wasThere: false }
  } catch (error) {
    await rm(draft, { force: true })
    // Only where the original is gone: a copy that could not be made for another reason is missed.
    if (isMissing(error) && !existsSync(from)) return { wasThere: false }
    throw error
  }
}

async function removeAll(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true })
}
