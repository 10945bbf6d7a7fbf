import { ParleyError, type UpdateNotifications } from '@parley/protocol'
import type { NotificationConfigurationRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Context } from '../context.ts'

/** What is said where a service has no words of its own (channels §8.1). */
export const defaultTemplates = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are templates of ours
  new_message: '${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}',
  new_message_with_media: 'You have a new message in ${CONVERSATION} with ${MEDIA_COUNT} media files: ${MEDIA}',
  added_to_conversation: 'You have been added to the conversation ${CONVERSATION} by ${PARTICIPANT}',
  removed_from_conversation: '${PARTICIPANT} has removed you from the conversation ${CONVERSATION}',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are templates of ours
} as const

/** What a service pushes: nothing, as long as nobody has configured it. */
export async function notificationsOf(
  read: Pick<Readers, 'notificationConfigurations'>,
  { sid: chat_service_sid, account_sid }: { sid: string; account_sid: string },
): Promise<NotificationConfigurationRow> {
  return (await read.notificationConfigurations.find(chat_service_sid)) ?? silent(chat_service_sid, account_sid)
}

const silent = (chat_service_sid: string, account_sid: string): NotificationConfigurationRow => ({
  chat_service_sid,
  account_sid,
  log_enabled: 0,
  new_message_enabled: 0,
  new_message_template: null,
  new_message_sound: null,
  new_message_badge_count_enabled: 0,
  new_message_with_media_enabled: 0,
  new_message_with_media_template: null,
  added_to_conversation_enabled: 0,
  added_to_conversation_template: null,
  added_to_conversation_sound: null,
  removed_from_conversation_enabled: 0,
  removed_from_conversation_template: null,
  removed_from_conversation_sound: null,
})

/** Changes what a service pushes; what is absent stays (rest-api §3.15). */
export function configureNotifications(
  ctx: Context,
  service_sid: string,
  params: UpdateNotifications,
): Promise<NotificationConfigurationRow> {
  return ctx.store.write(async (tx) => {
    const service = await tx.services.find(service_sid)
    if (!service) throw new ParleyError('service-not-found')
    const row = { ...(await notificationsOf(tx, service)) } as Record<string, unknown> & NotificationConfigurationRow
    for (const [name, value] of flattened(params)) row[name] = typeof value === 'boolean' ? Number(value) : value
    await tx.notificationConfigurations.put(row)
    return row
  })
}

/** `new_message.with_media.enabled` is the column `new_message_with_media_enabled`. */
function flattened(params: object, prefix = ''): [string, unknown][] {
  return Object.entries(params).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null ? flattened(value, `${prefix}${name}_`) : [[prefix + name, value]],
  )
}
