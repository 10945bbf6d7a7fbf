import type { ClientEvents } from './client-events.ts'
import type { Configuration } from './configuration.ts'
import type { Conversation } from './conversation.ts'
import type { ReplayEventEmitter } from './events.ts'
import type { MediaService } from './media-service.ts'
import type { RecentMessages } from './recent-messages.ts'
import type { Rest } from './rest.ts'
import type { Sync } from './sync/sync.ts'
import type { Typing } from './typing.ts'
import type { Users } from './users.ts'

/** What the parts of one client share. */
export interface Context {
  /** Known from the start on. */
  readonly configuration: Configuration
  readonly rest: Rest
  readonly sync: Sync
  readonly media: MediaService
  readonly users: Users
  readonly typing: Typing
  readonly recent: RecentMessages
  /** Whether the server opens conversations as a whole (`parley.start.v1`). */
  readonly quick: () => boolean
  /** Waits until the user's own list has a conversation that was just joined, followed. */
  joined(sid: string): Promise<void>
  /** A conversation is no more, or may not be seen any more. */
  conversationGone(conversation: Conversation): void
  readonly client: Pick<ReplayEventEmitter<ClientEvents>, 'emit'>
}
