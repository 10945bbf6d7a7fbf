import type { MediaAddress } from '../../base/config.ts'
import type { BlobStore } from './blob-store.ts'
import { openFileBlobs } from './file-blobs.ts'
import { openS3Blobs } from './s3-blobs.ts'

/** Opens the place where media are kept. @throws SettingsError when it cannot be used */
export async function openBlobs(address: MediaAddress): Promise<BlobStore> {
  return address.kind === 's3' ? openS3Blobs(address) : openFileBlobs(address.folder)
}
