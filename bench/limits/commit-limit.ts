import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Lab } from '../lab.ts'
import { onCore, serverCore } from '../subject/cores.ts'

/** Commits of one row that this disk takes in a second, one after the other. */
export function commitLimit(lab: Lab): Promise<number> {
  return lab.limit('commits one by one', async () => {
    const dataDir = lab.newDataDir()
    const [command, args] = onCore(serverCore, process.execPath, [lab.settings.entries.commits])
    try {
      const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, PARLEY_DATA_DIR: dataDir } })
      return Number(stdout)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
