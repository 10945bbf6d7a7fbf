import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsError } from './config.ts'
import { encryptionKey } from './setting-values.ts'

/**
 * The 32 bytes that encrypt secrets at rest: the setting, else the file `secret.key` of the data folder, which the first start makes.
 * Throws `SettingsError` when that file cannot be read, made or understood.
 */
export function readSecretKey(settings: { readonly secretKey: string | undefined; readonly dataDir: string }): Buffer {
  return Buffer.from(settings.secretKey ?? keptKey(settings.dataDir), 'hex')
}

function keptKey(dataDir: string): string {
  const file = join(dataDir, 'secret.key')
  try {
    return understood(read(file) ?? made(dataDir, file), file)
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`The secret key ${file} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

function understood(content: string, file: string): string {
  try {
    return encryptionKey(content.trim())
  } catch {
    throw new SettingsError(`The secret key ${file} is damaged: put the original back, or set PARLEY_SECRET_KEY`)
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes a new key under another name, and links it to its own when it is safely on the disk: nobody ever reads half a key,
 * and of several processes that start at once all use the key of the first.
 */
function made(dataDir: string, file: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeDurably(draft, `${randomBytes(32).toString('hex')}\n`)
    linkSync(draft, file)
    syncFolder(dataDir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}

function writeDurably(file: string, content: string): void {
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeSync(handle, content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** The name of a new file is as safe as its content only after this. Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
