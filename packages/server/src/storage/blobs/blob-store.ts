import type { Readable } from 'node:stream'

/** The bytes from `start` to `end`, both included. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Keeps the bytes of media, under keys such as `7f/ME…`. A blob is written once and never changed; it is there with all its bytes or not at all.
 */
export interface BlobStore {
  /**
   * Writes a blob; resolves when it would survive a power cut. It takes from `content` no faster than it writes, and holds a bounded part of
   * it in memory. When `content` fails, or writing does, the failure is thrown, and `remove` clears away what was written.
   */
  write(key: string, content: AsyncIterable<Buffer>): Promise<void>
  /** Reads a blob that is there, or a part of it. Whoever stops reading destroys the stream. @throws BlobMissing */
  read(key: string, range?: ByteRange): Promise<Readable>
  /** Removes a blob, and what a write that failed or was cut off has left. What is not there is removed already. */
  remove(key: string): Promise<void>
  /** Lets go of connections. */
  close(): void
}

/** There is no blob under a key. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing'

  constructor(key: string, cause?: unknown) {
    super(`There is no blob ${key}`, { cause })
  }
}

/** Keys are made by us: anything else is a mistake, and does not reach a file system. */
export function assertKey(key: string): void {
  if (!/^[\w-]+(\/[\w-]+)*$/.test(key)) throw new TypeError(`Not a key of a blob: ${JSON.stringify(key)}`)
}
