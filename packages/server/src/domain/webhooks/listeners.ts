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
  /** Whether what is done by REST is heard, in this service by anybody, when the caller says nothing of it. */
  hearRest: boolean
}

/** Who listens, for every service. */
export interface Listeners {
  /** At once when it is known, as it is for a service in which much happens. */
  of(account_sid: string, chat_service_sid: string): ServiceListeners | Promise<ServiceListeners>
  /** Whether anywhere in an account what is done by REST may be heard when the caller says nothing of it. At once when it is known. */
  mayHearRest(account_sid: string): boolean | Promise<boolean>
  /** Where the messages for a flow are sent; the operator says so. */
  flows: ReadonlyMap<string, string>
}

/** How long this node may go on with what it knows, in milliseconds: what other nodes tell may get lost. */
const lifetime = 2_000
const namesKept = 10_000

/** What is known for a while, by name. */
class Known<T> {
  readonly #all = new Map<string, { value: T | Promise<T>; until: number }>()

  constructor(private readonly clock: Clock) {}

  /** What is known, at once; or what is being looked up, for everybody who asks meanwhile. */
  of(name: string, look: () => Promise<T>): T | Promise<T> {
    const found = this.#all.get(name)
    return found && this.clock.now() < found.until ? found.value : this.#keep(name, look())
  }

  forget(): void {
    this.#all.clear()
  }

  #keep(name: string, value: Promise<T>): Promise<T> {
    const looked: { value: T | Promise<T>; until: number } = { value, until: this.clock.now() + lifetime }
    if (this.#all.size >= namesKept) this.#all.clear()
    this.#all.set(name, looked)
    value.then(
      (found) => {
        looked.value = found
      },
      () => {
        if (this.#all.get(name) === looked) this.#all.delete(name)
      },
    )
    return value
  }
}

interface Settings {
  /** Where the messages for a flow are sent. */
  flows: ReadonlyMap<string, string>
  /** Whether what is done by REST is heard where neither the caller nor a configuration says. */
  hearRest: boolean
}

/**
 * Keeps in memory who listens, so that to find out that nobody does costs no statement. What this process configures counts at once, what another
 * one does a moment later, at the latest after two seconds.
 */
export function createListeners(store: Store, clock: Clock, { flows, hearRest }: Settings): Listeners {
  const { webhooks } = store.read
  const ofServices = new Known<ServiceListeners>(clock)
  const ofRest = new Known<boolean>(clock)
  store.onCommit((changes) => {
    if (!changes.some((change) => change.object === 'webhooks')) return
    ofServices.forget()
    ofRest.forget()
  })
  return {
    flows,
    of: (account_sid, chat_service_sid) =>
      ofServices.of(chat_service_sid, async () =>
        combine(await webhooks.find(account_sid), await webhooks.find(chat_service_sid), hearRest),
      ),
    mayHearRest: (account_sid) => hearRest || ofRest.of(account_sid, () => webhooks.hearRest(account_sid)),
  }
}

/** A service's own webhook stands in the place of the account's (webhooks §1). */
function combine(
  account: WebhookConfigurationRow | undefined,
  service: WebhookConfigurationRow | undefined,
  usually: boolean,
): ServiceListeners {
  const pick = (column: 'pre_webhook_url' | 'post_webhook_url') =>
    listener('service', service, column) ?? listener('account', account, column)
  const said = service?.rest_webhook_enabled ?? account?.rest_webhook_enabled ?? null
  return { before: pick('pre_webhook_url'), after: pick('post_webhook_url'), hearRest: said === null ? usually : said === 1 }
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
