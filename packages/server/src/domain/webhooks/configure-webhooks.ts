import { ParleyError, type UpdateAccountWebhooks } from '@parley/protocol'
import type { WebhookConfigurationRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'

/** Whose webhooks: those of a service, or of the account when none is named. */
export interface WebhookOwner {
  account_sid: string
  chat_service_sid: string | null
}

/** Configures the webhooks of an account or a service; what is absent stays (rest-api §3.14). */
export function configureWebhooks(ctx: Context, owner: WebhookOwner, params: UpdateAccountWebhooks): Promise<WebhookConfigurationRow> {
  return ctx.store.write(async (tx) => {
    const { account_sid, chat_service_sid } = owner
    // Held, so that a service is not deleted meanwhile and this left behind.
    if (chat_service_sid !== null && !(await tx.services.find(chat_service_sid))) throw new ParleyError('service-not-found')
    const owner_sid = chat_service_sid ?? account_sid
    const known = await tx.webhooks.lock(owner_sid)
    const row = changed(known ?? unconfigured(owner_sid, owner), params)
    if (known) await tx.webhooks.save(row)
    else await tx.webhooks.insert(row)
    return row
  })
}

const unconfigured = (owner_sid: string, owner: WebhookOwner): WebhookConfigurationRow => ({
  owner_sid,
  ...owner,
  method: 'POST',
  filters: '[]',
  pre_webhook_url: null,
  post_webhook_url: null,
  target: 'webhook',
  pre_webhook_fail_closed: null,
  rest_webhook_enabled: null,
})

type Flag = WebhookConfigurationRow['rest_webhook_enabled']

/** A flag after it was named: true, false, or taken back. */
const flag = (before: Flag, said: boolean | null | undefined): Flag => (said === undefined ? before : said === null ? null : said ? 1 : 0)

function changed(before: WebhookConfigurationRow, params: UpdateAccountWebhooks): WebhookConfigurationRow {
  const { method, filters, pre_webhook_url, post_webhook_url, target, pre_webhook_fail_closed, rest_webhook_enabled } = params
  return {
    ...before,
    method: method ?? before.method,
    filters: filters ? JSON.stringify(filters) : before.filters,
    pre_webhook_url: pre_webhook_url === undefined ? before.pre_webhook_url : pre_webhook_url,
    post_webhook_url: post_webhook_url === undefined ? before.post_webhook_url : post_webhook_url,
    target: target ?? before.target,
    pre_webhook_fail_closed: flag(before.pre_webhook_fail_closed, pre_webhook_fail_closed),
    rest_webhook_enabled: flag(before.rest_webhook_enabled, rest_webhook_enabled),
  }
}
