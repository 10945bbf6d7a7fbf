import type { Clock } from '../base/clock.ts'
import type { Settings } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { OutwardGuard } from '../base/outward-guard.ts'
import type { Vault } from '../base/vault.ts'
import type { WebhookCaller } from '../domain/webhooks/caller.ts'
import type { JobHandler } from '../jobs/runner.ts'
import type { Store } from '../storage/store.ts'
import { createCaller } from './ask.ts'
import { AuthTokens } from './auth-tokens.ts'
import { deliveryHandler } from './deliver.ts'
import { Transport } from './transport.ts'

interface Needs {
  store: Store
  clock: Clock
  pacing: Clock
  ids: Ids
  vault: Vault
  log: Log
  settings: Settings
  guard: OutwardGuard
}

/** The door through which receivers of webhooks are called. */
export interface WebhookDoor {
  caller: WebhookCaller
  /** Does the jobs of the kind `webhook`. */
  handler: JobHandler
  /** Lets calls that are under way end, and breaks off those that take long. */
  close(): Promise<void>
}

/** Connections to one host for pre-action webhooks: whoever acts waits for the answer, so hardly anybody should wait for a connection. */
const preConnections = 2_000

export function openWebhookDoor(needs: Needs): WebhookDoor {
  const { guard, pacing, settings } = needs
  const asking = new Transport({ guard, pacing, connections: preConnections, milliseconds: settings.webhookPreSeconds * 1_000 })
  const telling = new Transport({
    guard,
    pacing,
    connections: settings.webhookConcurrency,
    milliseconds: settings.webhookPostSeconds * 1_000,
  })
  const authTokens = new AuthTokens(needs)
  const caller = createCaller({ transport: asking, authTokens, ...needs })
  return {
    caller,
    handler: deliveryHandler({ transport: telling, authTokens, ...needs }),
    async close() {
      await Promise.all([asking.close(), telling.close()])
      await caller.close()
    },
  }
}
