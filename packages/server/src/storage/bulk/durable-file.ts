import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

/** Gives a file that is written its name, when all of it is on the disk. */
export function moveDurably(draft: string, file: string): void {
  sync(draft, 'r+')
  renameSync(draft, file)
  // The name is as safe as the content only after this. Windows has no such call, and needs none.
  if (process.platform !== 'win32') sync(dirname(file), 'r')
}

function sync(path: string, flags: string): void {
  const handle = openSync(path, flags)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
