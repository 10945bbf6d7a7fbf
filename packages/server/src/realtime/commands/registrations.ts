import { decodeJson, filledText, ParleyError, required, word } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import { type Command, upstreamRoute } from '../upstream.ts'

/**
 * Devices that want push notifications (wire-protocol §6.2). They are let in and let go, and nothing is kept of them, since nothing is sent to
 * them: a refusal would make official SDKs ask again for ever, with the app's promise pending.
 */
const registrations = '/v1/registrations'

const Registration = Type.Object({
  channel_type: required(word(['apn', 'fcm']), 'parameter-missing'),
  data: Type.Optional(Type.Object({ registration_id: required(filledText({ empty: 'parameter-missing' }), 'parameter-missing') })),
})

function register({ ctx, body }: Command) {
  const { data } = decodeJson(Registration, body, ctx.limits)
  if (!data) throw new ParleyError('parameter-missing', { text: 'Missing required parameter data.registration_id in the post body' })
  return { id: ctx.ids.sid('binding') }
}

const forget = () => undefined

export const registrationRoutes = [
  upstreamRoute('POST', registrations, register, 201),
  upstreamRoute('DELETE', registrations, forget, 204),
  upstreamRoute('DELETE', `${registrations}/:registration`, forget, 204),
]
