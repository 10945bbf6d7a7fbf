import { pushMessageTypePrefix } from '@parley/protocol'
import type { Notice, PushTarget } from '../domain/push/push-sender.ts'

/** What every provider takes at most, in bytes. A web push of this size fits into one record when it is encrypted. */
const largestPayload = 4_096
const largestWebPayload = 3_993

/** What an app may have to do without, the least needed first. */
const economies: ((notice: Notice) => Notice)[] = [
  (notice) => notice,
  ({ data: { media: _, ...data }, ...notice }) => ({ ...notice, data }),
  ({ data, ...notice }) => ({
    ...notice,
    data: { ...data, conversation_title: [...(data.conversation_title ?? '')].slice(0, 64).join('') },
  }),
]

/** The payload as JSON, without what is too much; `undefined` when it is too large all the same. */
function fitted(notice: Notice, most: number, compose: (notice: Notice) => object): string | undefined {
  let frugal = notice
  for (const save of economies) {
    frugal = save(frugal)
    const payload = JSON.stringify(compose(frugal))
    if (Buffer.byteLength(payload) <= most) return payload
  }
  return undefined
}

/** What SDKs look for in a payload (channels §8.1). What is not known is left out. */
function known({ message_type, data: { media, ...data } }: Notice): Record<string, string | number> {
  const values = { twi_message_type: pushMessageTypePrefix + message_type, ...data, media: media && JSON.stringify(media) }
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== undefined))
}

/** In FCM's data everything is text. */
function textData(notice: Notice): Record<string, string> {
  const { body, sound, message_type } = notice
  const data = {
    ...known(notice),
    twi_body: body,
    twi_action: pushMessageTypePrefix + message_type,
    ...(sound ? { twi_sound: sound } : {}),
  }
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)]))
}

/** What the system of an iPhone shows by itself. */
const aps = ({ body, sound, badge, message_type }: Notice) => ({
  alert: body,
  ...(sound ? { sound } : {}),
  ...(badge === null ? {} : { badge }),
  category: pushMessageTypePrefix + message_type,
})

/** A payload of APNs: its own part, and the data beside it. */
export const apnsPayload = (notice: Notice) => fitted(notice, largestPayload, (one) => ({ aps: aps(one), ...known(one) }))

/**
 * A message of FCM. Android and web apps get data alone and show it themselves, as with the original; an iPhone that is reached through FCM is also
 * told what to show, for it wakes no app that was put away.
 */
export const fcmPayload = ({ address, lifetime, topic }: PushTarget, notice: Notice) =>
  fitted(notice, largestPayload, (one) => ({
    message: {
      token: address,
      data: textData(one),
      android: { priority: 'HIGH', ttl: `${lifetime}s` },
      apns: { headers: { 'apns-priority': '10', 'apns-collapse-id': topic }, payload: { aps: aps(one) } },
    },
  }))

/** A web push, for our own client's `parsePushNotification` in a service worker: the form of FCM. */
export const webPayload = (notice: Notice) => fitted(notice, largestWebPayload, (one) => ({ data: textData(one) }))
