import { NotificationTypes } from './push-notification.ts'
import type { Rest } from './rest.ts'
import { environment } from './transport/surroundings.ts'

/** Services that carry pushes. `twilsock` is in the original's type, and refused by both. */
export type NotificationsChannelType = 'fcm' | 'apn' | 'twilsock'

/** A browser's subscription to pushes, as `PushSubscription.toJSON()` tells it. */
export interface WebPushSubscription {
  endpoint: string
  keys: { p256dh: string; auth: string }
}

const url = '/v1/registrations'
const product = { productId: 'ip_messaging' }
const versions: Record<NotificationsChannelType, string> = { fcm: '3', apn: '4', twilsock: '0' }

/** Where the user's pushes go (wire-protocol §6.2). */
export class PushRegistrations {
  readonly #registered = new Map<NotificationsChannelType, { id: string; token: string }>()

  constructor(private readonly rest: Rest) {}

  async set(channel: NotificationsChannelType, token: string): Promise<void> {
    const before = this.#registered.get(channel)
    if (before?.token === token) return
    if (before) await this.unset(channel)
    const { env, envv } = environment()
    const { NEW_MESSAGE, ADDED_TO_CONVERSATION, REMOVED_FROM_CONVERSATION, TYPING_INDICATOR, CONSUMPTION_UPDATE } = NotificationTypes
    const { id } = await this.rest.set<{ id: string }>(
      'POST',
      url,
      {
        endpoint_platform: env === 'Node.js' ? 'web' : envv,
        channel_type: channel,
        version: versions[channel],
        message_types: [NEW_MESSAGE, ADDED_TO_CONVERSATION, REMOVED_FROM_CONVERSATION, TYPING_INDICATOR, CONSUMPTION_UPDATE],
        data: { registration_id: token },
      },
      product,
    )
    this.#registered.set(channel, { id, token })
  }

  async unset(channel: NotificationsChannelType): Promise<void> {
    const before = this.#registered.get(channel)
    if (!before) return
    await this.rest.set('DELETE', `${url}/${before.id}`, {}, product)
    this.#registered.delete(channel)
  }

  /** Removes a device token, whoever registered it. */
  async remove(channel: NotificationsChannelType, token: string): Promise<void> {
    await this.rest.set('DELETE', url, { binding_type: channel, address: token }, product)
    if (this.#registered.get(channel)?.token === token) this.#registered.delete(channel)
  }

  /** Registers a browser's subscription. Registering it again changes nothing. */
  async setWeb({ endpoint, keys }: WebPushSubscription): Promise<void> {
    const { NEW_MESSAGE, ADDED_TO_CONVERSATION, REMOVED_FROM_CONVERSATION } = NotificationTypes
    const message_types = [NEW_MESSAGE, ADDED_TO_CONVERSATION, REMOVED_FROM_CONVERSATION]
    await this.rest.set('POST', url, { channel_type: 'webpush', message_types, data: { registration_id: endpoint, keys } }, product)
  }

  async removeWeb(endpoint: string): Promise<void> {
    await this.rest.set('DELETE', url, { binding_type: 'webpush', address: endpoint }, product)
  }
}
