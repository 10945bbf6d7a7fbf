export type { IndexedDBSurroundings } from './offline/database.ts'
export type { KeptConversation, KeptMessage } from './offline/kept.ts'
export { OfflineCache, type OfflineCacheOptions } from './offline/offline-cache.ts'
