import { type CancellablePromise, cancellable } from './cancellable-promise.ts'
import type { MediaCategory, MediaService } from './media-service.ts'
import type { MediaItem } from './wire.ts'

/** Something attached to a message. */
export class Media {
  readonly #item: MediaItem
  readonly #service: MediaService

  /** @internal */
  constructor(item: MediaItem, service: MediaService) {
    this.#item = item
    this.#service = service
  }

  /** `ME…`. */
  get sid(): string {
    return this.#item.sid
  }
  /** `null` when it has none. */
  get filename(): string | null {
    return this.#item.filename ?? null
  }
  get contentType(): string {
    return this.#item.contentType
  }
  /** Bytes. */
  get size(): number {
    return this.#item.size
  }
  get category(): MediaCategory {
    return this.#item.category
  }

  /** Where its content can be fetched for a while. Each call makes a new URL. */
  getContentTemporaryUrl(): CancellablePromise<string | null> {
    return cancellable(async (signal) => (await this.#service.record(this.sid, signal)).links.content_direct_temporary ?? null)
  }
}
