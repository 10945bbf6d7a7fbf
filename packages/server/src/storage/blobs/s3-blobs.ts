import type { Readable } from 'node:stream'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'
import { type BucketAddress, SettingsError } from '../../base/config.ts'
import { assertKey, BlobMissing, type BlobStore } from './blob-store.ts'

type S3 = typeof import('@aws-sdk/client-s3')

/** Bytes of a part. S3 takes no smaller ones but the last, and 10,000 of them: 80 GB. An upload holds one part in memory. */
const partBytes = 8_388_608

/**
 * Blobs as objects of a bucket. What is longer than one part is uploaded in parts, and becomes visible when the last has arrived.
 *
 * @throws SettingsError when the package that speaks S3 is not installed, or the bucket cannot be reached
 */
export async function openS3Blobs(address: BucketAddress): Promise<BlobStore> {
  const s3 = await loadS3()
  const client = new s3.S3Client({
    region: address.region,
    ...(address.credentials ? { credentials: address.credentials } : {}),
    // Servers other than that of AWS have no host name for each bucket.
    ...(address.endpoint ? { endpoint: address.endpoint, forcePathStyle: true } : {}),
    // Younger checksums are unknown to many of them; the connection and the signature protect the bytes.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  })
  const blobs = new S3Blobs(s3, client, address.bucket)
  try {
    await blobs.write(probe, noBytes())
    await blobs.remove(probe)
  } catch (error) {
    blobs.close()
    throw new SettingsError(`The bucket ${address.bucket} cannot be used: ${describe(error)}`, { cause: error })
  }
  return blobs
}

/** Written and removed at the start: what may be read and written is told by nothing else. */
const probe = 'parley-was-here'
async function* noBytes(): AsyncGenerator<Buffer> {}

/** The package is loaded only by those who keep media in a bucket. */
async function loadS3(): Promise<S3> {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    throw new SettingsError('PARLEY_MEDIA_STORE is "s3", which needs a package that is not installed: npm install @aws-sdk/client-s3', {
      cause,
    })
  }
}

function describe(error: unknown): string {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
  return [name, message === name ? '' : message, $metadata?.httpStatusCode].filter(Boolean).join(' ')
}

class S3Blobs implements BlobStore {
  constructor(
    private readonly s3: S3,
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  #object(key: string) {
    assertKey(key)
    return { Bucket: this.bucket, Key: key }
  }

  async write(key: string, content: AsyncIterable<Buffer>): Promise<void> {
    const object = this.#object(key)
    const parts = inParts(content)
    const first = (await parts.next()).value ?? Buffer.alloc(0)
    if (first.length < partBytes) {
      await this.client.send(new this.s3.PutObjectCommand({ ...object, Body: first }))
      return
    }
    const { UploadId } = await this.client.send(new this.s3.CreateMultipartUploadCommand(object))
    const upload = { ...object, UploadId }
    const sent = [await this.#sendPart(upload, 1, first)]
    for await (const part of parts) sent.push(await this.#sendPart(upload, sent.length + 1, part))
    await this.client.send(new this.s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sent } }))
  }

  async #sendPart(
    upload: { Bucket: string; Key: string; UploadId: string | undefined },
    PartNumber: number,
    Body: Buffer,
  ): Promise<CompletedPart> {
    const { ETag } = await this.client.send(new this.s3.UploadPartCommand({ ...upload, PartNumber, Body }))
    return { ETag, PartNumber }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const part = range ? { Range: `bytes=${range.start}-${range.end}` } : {}
    try {
      const { Body } = await this.client.send(new this.s3.GetObjectCommand({ ...this.#object(key), ...part }))
      return Body as Readable
    } catch (error) {
      throw error instanceof this.s3.NoSuchKey ? new BlobMissing(key, error) : error
    }
  }

  async remove(key: string): Promise<void> {
    const { Bucket, Key } = this.#object(key)
    const { Uploads = [] } = await this.client.send(new this.s3.ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    for (const { UploadId, Key: begun } of Uploads)
      if (begun === Key) await this.client.send(new this.s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    await this.client.send(new this.s3.DeleteObjectCommand({ Bucket, Key }))
  }

  close(): void {
    this.client.destroy()
  }
}

/**
 * Joins chunks to parts of exactly `partBytes`; only the last may be shorter. All parts are the same memory: each has to be sent before the next
 * is asked for.
 */
async function* inParts(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  const part = Buffer.allocUnsafe(partBytes)
  let filled = 0
  for await (const chunk of content) {
    for (let taken = 0; taken < chunk.length; ) {
      const count = chunk.copy(part, filled, taken)
      taken += count
      filled += count
      if (filled < partBytes) continue
      yield part
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}
