import { isSid, sidPrefix } from './sids.ts'

/**
 * Sync objects that client SDKs read (wire-protocol §4.8). Each has a SID, made of two letters for the kind and the digits of the
 * conversation or user it belongs to, and a unique name.
 */
export const syncObjects = {
  document: { prefix: 'ET', type: 'document', of: 'conversation', name: 'channel' },
  messages: { prefix: 'ES', type: 'list', of: 'conversation', name: 'messages' },
  roster: { prefix: 'MP', type: 'map', of: 'conversation', name: 'roster' },
  conversations: { prefix: 'MC', type: 'map', of: 'user', name: 'conversations' },
  userInfo: { prefix: 'MU', type: 'map', of: 'user', name: 'info' },
} as const

export type SyncObjectKind = keyof typeof syncObjects
export type SyncObjectType = 'document' | 'list' | 'map'

/** One Sync object: its kind, and the SID of the conversation or user whose rows it shows. */
export interface SyncObject {
  kind: SyncObjectKind
  /** `CH…` or `US…`. */
  owner: string
}

/** `CH1234….messages`, `US1234….info`. */
export function syncObjectName({ kind, owner }: SyncObject): string {
  return `${owner}.${syncObjects[kind].name}`
}

/** `ES1234…`, `MU1234…`. */
export function syncObjectSid({ kind, owner }: SyncObject): string {
  return syncObjects[kind].prefix + owner.slice(2)
}

const kinds = Object.entries(syncObjects) as [SyncObjectKind, (typeof syncObjects)[SyncObjectKind]][]
const byPrefix = new Map<string, SyncObjectKind>(kinds.map(([kind, { prefix }]) => [prefix, kind]))
const hex32 = /^[0-9a-f]{32}$/

/** The object that a SID or a unique name means, or `undefined`. */
export function parseSyncObject(sidOrName: string): SyncObject | undefined {
  const bySid = byPrefix.get(sidOrName.slice(0, 2))
  if (bySid && hex32.test(sidOrName.slice(2))) return { kind: bySid, owner: sidPrefix[syncObjects[bySid].of] + sidOrName.slice(2) }
  for (const [kind, { of, name }] of kinds) {
    const owner = sidOrName.slice(0, 34)
    if (sidOrName.endsWith(`.${name}`) && sidOrName.length === 35 + name.length && isSid(of, owner)) return { kind, owner }
  }
  return undefined
}
