import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * Where data of tests lie under which nobody cuts the power: where the system has enough of a file system in memory, no commit waits for a disk,
 * however slow that is. Tests that kill processes, and those of the storage, use the disk.
 */
export const dataParent = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir()

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= 2 ** 30
  } catch {
    return false
  }
}
