import type { WebhookEventType, WebhookMethod } from '@parley/protocol'
import type { Clock } from '../../base/clock.ts'
import type { WebhookConfigurationRow } from '../../storage/schema.ts'
import type { Store } from '../../storage/store.ts'
import { filtersOf } from '../../storage/webhook-configurations.ts'

/** A webhook of an account or a service: where it is, and what it wants to hear. */
export interface Listener {
  level: 'account' | 'service'
  url: string
  method: WebhookMethod
  hears: ReadonlySet<WebhookEventType>
  /** Whether an action is refused when it cannot be asked; null: as the server's setting says. */
  fail_closed: boolean | null
}

/** Who listens to what happens in a service: before it is done, and after. */
export interface ServiceListeners {
  before: Listener | undefined
  after: Listener | undefined
}

/** Who listens, for every service. */
export interface Listeners {
  /** At once when it is known, as it is for a service in which much happens. */
  of(account_sid: string, chat_service_sid: string): ServiceListeners | Promise<ServiceListeners>
  /** Where the messages for a flow are sent; the operator says so. */
  flows: ReadonlyMap<string, string>
}

/** How long this node may go on with what it knows, in milliseconds: what other nodes tell may get lost. */
const lifetime = 2_000
const servicesKept = 10_000

interface Known {
  /** A promise while it is looked up, for everybody who asks meanwhile. */
  listeners: ServiceListeners | Promise<ServiceListeners>
  until: number
}

/**
 * Keeps in memory who listens, so that to find out that nobody does costs no statement. What this process configures counts at once, what another
 * one does a moment later, at the latest after two seconds.
 */
export function createListeners(store: Store, clock: Clock, flows: ReadonlyMap<string, string>): Listeners {
  const known = new Map<string, Known>()
  store.onCommit((changes) => {
    if (changes.some((change) => change.object === 'webhooks')) known.clear()
  })

  const read = async (account_sid: string, chat_service_sid: string) =>
    combine(await store.read.webhooks.find(account_sid), await store.read.webhooks.find(chat_service_sid))

  function look(account_sid: string, chat_service_sid: string): Promise<ServiceListeners> {
    const listeners = read(account_sid, chat_service_sid)
    const looked: Known = { listeners, until: clock.now() + lifetime }
    if (known.size >= servicesKept) known.clear()
    known.set(chat_service_sid, looked)
    listeners.then(
      (found) => {
        looked.listeners = found
      },
      () => {
        if (known.get(chat_service_sid) === looked) known.delete(chat_service_sid)
      },
    )
    return listeners
  }

  return {
    flows,
    of(account_sid, chat_service_sid) {
      const found = known.get(chat_service_sid)
      return found && clock.now() < found.until ? found.listeners : look(account_sid, chat_service_sid)
    },
  }
}

/** A service's own webhook stands in the place of the account's (webhooks §1). */
function combine(account: WebhookConfigurationRow | undefined, service: WebhookConfigurationRow | undefined): ServiceListeners {
  const pick = (column: 'pre_webhook_url' | 'post_webhook_url') =>
    listener('service', service, column) ?? listener('account', account, column)
  return { before: pick('pre_webhook_url'), after: pick('post_webhook_url') }
}

function listener(
  level: Listener['level'],
  row: WebhookConfigurationRow | undefined,
  column: 'pre_webhook_url' | 'post_webhook_url',
): Listener | undefined {
  const url = row?.[column]
  if (!row || !url || row.target !== 'webhook') return undefined
  const closed = row.pre_webhook_fail_closed
  return { level, url, method: row.method, hears: new Set(filtersOf(row)), fail_closed: closed === null ? null : closed === 1 }
}
