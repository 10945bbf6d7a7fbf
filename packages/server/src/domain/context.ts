import type { Limits } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'
import type { SettingInForce } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Signer } from '../base/signer.ts'
import type { Vault } from '../base/vault.ts'
import type { BlobStore } from '../storage/blobs/blob-store.ts'
import type { Store } from '../storage/store.ts'
import type { Connections } from './connections/connections.ts'
import type { SignInAttempts } from './console/sign-in-attempts.ts'
import type { MetricsHistory } from './metrics/metrics-history.ts'
import type { PushAudience } from './push/push-audience.ts'
import type { PushSender } from './push/push-sender.ts'
import type { Quotas } from './quotas.ts'
import type { WebhookCaller } from './webhooks/caller.ts'
import type { Listeners } from './webhooks/listeners.ts'

/** What an operation may use: nothing here knows HTTP, sockets or SQL. */
export interface Context {
  store: Store
  clock: Clock
  ids: Ids
  limits: Limits
  quotas: Quotas
  vault: Vault
  log: Log
  media: MediaStore
  push: PushSurroundings
  webhooks: WebhookCaller
  listeners: Listeners
  /** Who is connected to this node. */
  connections: Connections
  /** How this node is, and was. */
  metrics: MetricsHistory
  /** Why the server does what it does. */
  settings: readonly SettingInForce[]
  /** `undefined` where no console is served. */
  console: ConsoleSurroundings | undefined
  /** Addresses the account may send from; `undefined` when every address is taken to be ours. */
  proxyAddresses: ReadonlySet<string> | undefined
}

/** Where the bytes of media are, and how links to them are made. */
export interface MediaStore {
  blobs: BlobStore
  signer: Signer
  /** How long a temporary link is good for, in seconds. */
  urlSeconds: number
}

/** What pushes need. */
export interface PushSurroundings {
  sender: PushSender
  audience: PushAudience
  /** Time as the machine has it, by which devices come and go. */
  pacing: Clock
}

/** What signing in to the console needs. */
export interface ConsoleSurroundings {
  /** Marks what was shown, so that it can be recognised without being kept. */
  signer: Signer
  /** How long a session lasts without being used, in milliseconds. */
  lifetime: number
  attempts: SignInAttempts
}
