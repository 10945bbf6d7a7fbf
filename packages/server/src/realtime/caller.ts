import type { SyncObject } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'
import type { UserActor } from '../domain/access.ts'
import type { AccessToken } from '../domain/tokens/verify-access-token.ts'
import type { Watcher } from './hub.ts'

/** Whose request it is: a connection, as those who answer it see it. */
export interface Caller extends Watcher {
  readonly actor: UserActor
  readonly closed: boolean
  /** Base of the absolute URLs that its client is told. */
  readonly origin: string
  /** The token that it came with, or was given since. */
  readonly token: AccessToken | undefined
  /** Names the connection, across its breaks. */
  readonly connection: string
  /** Whether it watches conversations that it may see only because of a role in the service. */
  oversees: boolean
  /** Whether its client speaks version 3 of the event protocol, as SDK 1.x does. */
  olderEvents: boolean
  /**
   * When so much was pushed that more should wait: resolves when the client has read it. A client that never does is gone some time, and then
   * `closed`. `undefined` while there is room.
   */
  room(): Promise<void> | undefined
  /** The client has read what an object holds, and follows it from there on. */
  opened(object: SyncObject): void
  /** Resolves when the client opens an object, or when it has not done so for this many milliseconds. */
  opens(object: SyncObject, longest: number, pacing: Clock): Promise<void>
}
