import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SettingsError } from './config.ts'
import { readSecretKey } from './secret-key.ts'

describe('the key that encrypts secrets at rest', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-key-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const key = (dataDir = folder, secretKey?: string) => readSecretKey({ dataDir, secretKey })

  it('is the one of the setting, and then nothing is written', () => {
    expect(key(folder, 'ab'.repeat(32))).toEqual(Buffer.alloc(32, 0xab))
    expect(readdirSync(folder)).toEqual([])
  })

  it('is made once, for the owner of the folder alone, and kept', () => {
    const dataDir = join(folder, 'not', 'yet', 'there')
    const made = key(dataDir)
    expect(made).toHaveLength(32)
    expect(key(dataDir)).toEqual(made)
    expect(readdirSync(dataDir)).toEqual(['secret.key'])
    expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(dataDir, 'secret.key'), 'utf8').trim()).toBe(made.toString('hex'))
  })

  it('differs from folder to folder', () => {
    expect(key(join(folder, 'a'))).not.toEqual(key(join(folder, 'b')))
  })

  it.each(['', 'half a key', 'ab'.repeat(31)])('is not guessed when the file is damaged: %j', (content) => {
    writeFileSync(join(folder, 'secret.key'), content)
    expect(() => key()).toThrow(SettingsError)
    expect(() => key()).toThrow(/^The secret key .*secret\.key is damaged/)
    expect(readFileSync(join(folder, 'secret.key'), 'utf8')).toBe(content)
  })

  it('needs a folder that can be used', () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    chmodSync(file, 0o600)
    expect(() => key(file)).toThrow(/^The secret key .* cannot be used: /)
  })
})
