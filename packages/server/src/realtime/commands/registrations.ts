import {
  custom,
  decodeJson,
  filledText,
  ParleyError,
  type PushMessageType,
  pushMessageTypePrefix,
  pushMessageTypes,
  required,
  word,
} from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import { registerDevice, unregisterDevice } from '../../domain/push/change-bindings.ts'
import { type Command, upstreamRoute } from '../upstream.ts'

/**
 * Devices that want push notifications (wire-protocol §6.2): an app registers its device over the connection that it is there by, and lets go of it.
 * What is not there is let go of all the same: a refusal would make official SDKs ask again for ever, with the app's promise pending.
 */
const registrations = '/v1/registrations'

const channelType = word(['apn', 'fcm', 'gcm', 'webpush'])
const address = filledText({ empty: 'parameter-missing', limit: 'pushAddressBytes' })
const mostMessageTypes = 100

/** Those that are worth a push among all that an SDK may name. */
const messageTypes = custom<PushMessageType[]>(Type.Array(Type.String()), (raw) => {
  const named = Array.isArray(raw) ? raw.slice(0, mostMessageTypes) : []
  return pushMessageTypes.filter((type) => named.includes(pushMessageTypePrefix + type))
})

/** So many bytes in base64url. */
const key = (bytes: number) =>
  custom<string>(Type.String(), (raw, at) => {
    if (typeof raw === 'string' && /^[\w-]+=*$/.test(raw) && Buffer.from(raw, 'base64url').length === bytes) return raw.replace(/=+$/, '')
    throw new ParleyError('parameter-invalid', {
      text: `Invalid parameter ${at.field}: ${bytes} bytes in base64url are expected`,
      details: { field: at.field },
    })
  })

const Registration = Type.Object({
  channel_type: required(channelType, 'parameter-missing'),
  message_types: Type.Optional(messageTypes),
  data: Type.Optional(
    Type.Object({
      registration_id: required(address, 'parameter-missing'),
      /** Web push: the point of the browser's key pair, and a secret. */
      keys: Type.Optional(Type.Object({ p256dh: key(65), auth: key(16) })),
    }),
  ),
})

async function register({ ctx, session, devices, body }: Command) {
  const { channel_type, message_types = pushMessageTypes, data } = decodeJson(Registration, body, ctx.limits)
  if (!data) throw missing('data.registration_id')
  const { registration_id, keys } = data
  if (channel_type === 'webpush') {
    if (!keys) throw missing('data.keys')
    if (!ctx.push.sender.mayCall(registration_id))
      throw new ParleyError('parameter-invalid', {
        text: 'Invalid parameter data.registration_id: the https address of a push service is expected',
        details: { field: 'data.registration_id' },
      })
  }
  const { actor, token, connection } = session
  const binding = await registerDevice(ctx, actor, {
    binding_type: channel_type,
    address: registration_id,
    keys: channel_type === 'webpush' && keys ? keys : null,
    message_types,
    credential_sid: token?.push_credential_sid,
    endpoint: token?.endpoint_id ?? null,
    connection,
    ...devices.here(),
  })
  devices.bound(actor, connection)
  return { id: binding.sid }
}

async function forgetBySid({ ctx, session, params }: Command) {
  await unregisterDevice(ctx, session.actor, { sid: params['registration'] as string })
}

const Forgotten = Type.Object({ binding_type: channelType, address })

async function forgetByAddress({ ctx, session, body }: Command) {
  await unregisterDevice(ctx, session.actor, decodeJson(Forgotten, body, ctx.limits))
}

const missing = (field: string) => new ParleyError('parameter-missing', { text: `Missing required parameter ${field} in the post body` })

export const registrationRoutes = [
  upstreamRoute('POST', registrations, register, 201),
  upstreamRoute('DELETE', registrations, forgetByAddress, 204),
  upstreamRoute('DELETE', `${registrations}/:registration`, forgetBySid, 204),
]
