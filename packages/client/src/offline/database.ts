/**
 * IndexedDB with promises: as much of it as the cache needs, in types of our own, for not every environment has those of a browser.
 */
interface Request<T> {
  result: T
  error: unknown
  onsuccess: unknown
  onerror: unknown
}

/** A place for records. Keys are strings, or arrays that begin with one. */
export interface RecordStore {
  get(key: Key): Request<unknown>
  getAll(range?: Range): Request<unknown[]>
  getAllKeys(range?: Range): Request<Key[]>
  put(record: unknown): Request<unknown>
  delete(key: Key | Range): Request<unknown>
  clear(): Request<unknown>
}

export type Key = string | readonly [string, number]
/** Made by {@link Database.range}. */
export type Range = object & { lower: unknown }

interface Transaction {
  objectStore(name: string): RecordStore
  abort(): void
  error: unknown
  oncomplete: unknown
  onabort: unknown
}

interface Opened {
  createObjectStore(name: string, options: { keyPath: string | string[] }): unknown
  transaction(names: readonly string[], mode: 'readonly' | 'readwrite', options?: { durability: string }): Transaction
  close(): void
  onversionchange: unknown
}

/** What `globalThis.indexedDB` and `globalThis.IDBKeyRange` are, in a browser or from a package that stands in for them. */
export interface IndexedDBSurroundings {
  indexedDB: { open(name: string, version: number): unknown; deleteDatabase(name: string): unknown }
  IDBKeyRange: { bound(lower: unknown, upper: unknown): unknown }
}

/** Resolves with what a request answers. */
export function answered<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** The stores of one transaction, by their names. */
export type Stores<N extends string> = Record<N, RecordStore>

/** An open database with these stores. */
export class Database<N extends string> {
  private constructor(
    private readonly opened: Opened,
    private readonly names: readonly N[],
    private readonly surroundings: IndexedDBSurroundings,
  ) {
    // Another tab wants to delete it: whoever holds it open would keep it waiting.
    opened.onversionchange = () => opened.close()
  }

  /** Opens a database, or makes it. `keys` are the key paths of its stores. @throws where the environment keeps nothing */
  static async open<N extends string>(
    name: string,
    keys: Record<N, string | string[]>,
    given?: IndexedDBSurroundings,
  ): Promise<Database<N>> {
    const surroundings = given ?? (globalThis as unknown as Partial<IndexedDBSurroundings>)
    const { indexedDB, IDBKeyRange } = surroundings
    if (!indexedDB || !IDBKeyRange) throw new Error('There is no IndexedDB here: nothing can be kept')
    const names = Object.keys(keys) as N[]
    const request = indexedDB.open(name, 1) as Request<Opened> & { onupgradeneeded: unknown }
    request.onupgradeneeded = () => {
      for (const store of names) request.result.createObjectStore(store, { keyPath: keys[store] })
    }
    return new Database(await answered(request), names, { indexedDB, IDBKeyRange })
  }

  /** Keys from `lower` to `upper`, both included. */
  range(lower: Key, upper: Key): Range {
    return this.surroundings.IDBKeyRange.bound(lower, upper) as Range
  }

  /** Runs `work` in one transaction: all of it is kept, or nothing. `work` awaits nothing but its own requests. */
  async run<T>(mode: 'readonly' | 'readwrite', work: (stores: Stores<N>) => Promise<T>): Promise<T> {
    // A cache that the machine lost can be filled again: it need not wait for the disk.
    const transaction = this.opened.transaction(this.names, mode, { durability: 'relaxed' })
    const over = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted'))
    })
    over.catch(() => {})
    try {
      const result = await work(Object.fromEntries(this.names.map((name) => [name, transaction.objectStore(name)])) as unknown as Stores<N>)
      await over
      return result
    } catch (error) {
      try {
        transaction.abort()
      } catch {
        // It is over already, and that is why we are here.
      }
      throw error
    }
  }

  close(): void {
    this.opened.close()
  }
}
