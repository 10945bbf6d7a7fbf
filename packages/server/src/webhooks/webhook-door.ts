import type { Clock } from '../base/clock.ts'
import type { Settings } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { createOutwardGuard, type OutwardRules } from '../base/outward-guard.ts'
import type { Vault } from '../base/vault.ts'
import type { WebhookCaller } from '../domain/webhooks/caller.ts'
import type { JobHandler } from '../jobs/runner.ts'
import type { Store } from '../storage/store.ts'
import { createCaller } from './ask.ts'
import { AuthTokens } from './auth-tokens.ts'
import type { Calls, Outcome } from './call.ts'
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
  /** Where receivers may be. */
  rules: OutwardRules
  /** The file of the thread that calls them; they are called by this one when absent. */
  callingThread: URL | undefined
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
  const { pacing, settings, log } = needs
  const transport = new Transport({
    log,
    pacing,
    milliseconds: { pre: settings.webhookPreSeconds * 1_000, post: settings.webhookPostSeconds * 1_000 },
    open: (hear) => openCalls(needs, hear),
  })
  const sending = { transport, authTokens: new AuthTokens(needs), ...needs }
  const caller = createCaller(sending)
  return {
    caller,
    handler: deliveryHandler(sending),
    async close() {
      await transport.close()
      await caller.close()
    },
  }
}

async function openCalls({ settings, rules, callingThread: entry, log }: Needs, hear: (outcome: Outcome) => void): Promise<Calls> {
  const options = { connections: { pre: preConnections, post: settings.webhookConcurrency }, hear }
  if (entry) {
    const { ThreadCalls } = await import('./thread-calls.ts')
    return new ThreadCalls({ ...options, entry, rules, log })
  }
  const { HttpCalls } = await import('./http-calls.ts')
  return new HttpCalls(createOutwardGuard(rules), options)
}
