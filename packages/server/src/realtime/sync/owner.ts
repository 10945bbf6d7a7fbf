import { type SyncObject, syncObjects } from '@parley/protocol'
import type { Readers } from '../../storage/store.ts'
import type { Owner } from './replay.ts'

/** The row that an object is a view of, as it is now; `undefined` when it does not exist. */
export async function getOwner(read: Readers, { kind, owner }: SyncObject): Promise<Owner | undefined> {
  if (syncObjects[kind].of === 'conversation') {
    const conversation = await read.conversations.find(owner)
    return conversation && { conversation }
  }
  const user = await read.users.find(owner)
  return user && { user }
}
