/** A message on its way, as it is kept in the browser until the server has it. */
export interface KeptMessage {
  id: string
  identity: string
  conversation: string
  text: string
  files: File[]
  /** What is to be seen on each of the files, in their order; empty where nobody says. */
  descriptions: string[]
  /** What it answers. */
  reply: { sid: string; author: string; text: string } | null
  /** Milliseconds since 1970. */
  written: number
  /** Whether it may have reached the server already. */
  isDoubtful: boolean
}

const storeName = 'unsent'

let opened: Promise<IDBDatabase | undefined> | undefined

/** Where a browser lets us keep nothing, messages live as long as the page. */
function open(): Promise<IDBDatabase | undefined> {
  opened ??= new Promise((resolve) => {
    const request = indexedDB.open('parley', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(storeName, { keyPath: 'id' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => resolve(undefined)
  })
  return opened
}

async function work<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  const database = await open()
  if (!database) return undefined
  return new Promise((resolve) => {
    const request = ask(database.transaction(storeName, mode).objectStore(storeName))
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => resolve(undefined)
  })
}

export const keep = (message: KeptMessage) => work('readwrite', (store) => store.put(message))
export const forget = (id: string) => work('readwrite', (store) => store.delete(id))

/** Those of a user, in the order in which they were written. */
export async function kept(identity: string): Promise<KeptMessage[]> {
  const all = (await work<KeptMessage[]>('readonly', (store) => store.getAll())) ?? []
  return (
    all
      .filter((message) => message.identity === identity)
      .sort((a, b) => a.written - b.written)
      // Pages of an earlier version kept no descriptions.
      .map((message) => ({ ...message, descriptions: message.descriptions ?? [] }))
  )
}
