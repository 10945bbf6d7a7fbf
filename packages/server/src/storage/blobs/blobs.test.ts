import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startS3 } from '../../../../../spec/support/s3.ts'
import { BlobMissing, type BlobStore } from './blob-store.ts'
import { openFileBlobs } from './file-blobs.ts'
import { openS3Blobs } from './s3-blobs.ts'

const megabyte = 1_048_576

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

/** So many megabytes, each filled with its number, and after them, when there is one, a failure. */
async function* megabytes(count: number, failure?: Error): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at++) yield Buffer.alloc(megabyte, at)
  if (failure) throw failure
}

async function digest(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

interface Place {
  blobs: BlobStore
  /** Everything that takes up room: names of blobs, and of what is not finished. */
  contents(): string[]
  end(): Promise<void>
}

async function files(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-blobs-'))
  return {
    blobs: openFileBlobs(folder),
    contents: () => (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.includes('/')),
    end: async () => rmSync(folder, { recursive: true }),
  }
}

async function bucket(): Promise<Place> {
  const s3 = await startS3()
  const blobs = await openS3Blobs({ ...s3, region: 'us-east-1' })
  return {
    blobs,
    contents: () => [...s3.objects(), ...s3.uploads()],
    async end() {
      blobs.close()
      await s3[Symbol.asyncDispose]()
    },
  }
}

describe.each([
  ['files', files],
  ['a bucket', bucket],
])('blobs in %s', (_, open) => {
  let place: Place
  let blobs: BlobStore
  beforeAll(async () => {
    place = await open()
    blobs = place.blobs
  })
  afterAll(() => place.end())

  const whole = async (key: string, range?: { start: number; end: number }) => text(await blobs.read(key, range))

  it('are read as they were written', async () => {
    await blobs.write('aa/hello', chunks('Hel', 'lo', '', ' world'))
    expect(await whole('aa/hello')).toBe('Hello world')
  })

  it('may be empty', async () => {
    await blobs.write('aa/empty', chunks())
    expect(await whole('aa/empty')).toBe('')
  })

  it('are read in part', async () => {
    await blobs.write('aa/part', chunks('0123456789'))
    expect(await whole('aa/part', { start: 2, end: 4 })).toBe('234')
    expect(await whole('aa/part', { start: 9, end: 9 })).toBe('9')
  })

  it('may be long: every byte is in its place', async () => {
    await blobs.write('bb/long', megabytes(20))
    expect(await digest(await blobs.read('bb/long'))).toBe(await digest(megabytes(20)))
  })

  it('are gone when they are removed, which may be done twice', async () => {
    await blobs.write('cc/gone', chunks('x'))
    await blobs.remove('cc/gone')
    await blobs.remove('cc/gone')
    await expect(blobs.read('cc/gone')).rejects.toThrow(BlobMissing)
    expect(place.contents().filter((name) => name.includes('gone'))).toEqual([])
  })

  it.each([0, 3, 20])('that break off after %i megabytes are not there, and leave nothing behind when they are removed', async (count) => {
    const before = place.contents()
    await expect(blobs.write('dd/broken', megabytes(count, new Error('The line is dead')))).rejects.toThrow('The line is dead')
    await expect(blobs.read('dd/broken')).rejects.toThrow(BlobMissing)
    await blobs.remove('dd/broken')
    expect(place.contents()).toEqual(before)
  })

  it.each(['../secret.key', 'aa/../../secret', '/etc/passwd', '', 'aa/', 'a\0b'])('have no key like %j', async (key) => {
    await expect(blobs.write(key, chunks('x'))).rejects.toThrow('Not a key')
    await expect(blobs.read(key)).rejects.toThrow('Not a key')
    await expect(blobs.remove(key)).rejects.toThrow('Not a key')
  })
})

describe('a bucket that cannot be used', () => {
  it('is refused at the start, with the reason', async () => {
    await using s3 = await startS3()
    const region = 'us-east-1'
    await expect(openS3Blobs({ ...s3, region, bucket: 'another' })).rejects.toThrow(/^The bucket another cannot be used: .*404/)
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'wrong' }
    await expect(openS3Blobs({ ...s3, region, credentials })).rejects.toThrow(/^The bucket chat-media cannot be used: .*403/)
  })
})
