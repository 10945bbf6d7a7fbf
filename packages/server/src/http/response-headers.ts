import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isFromConsole } from '../domain/console/console-request.ts'

const allowedMethods = 'GET, POST, PUT, DELETE, OPTIONS'
const allowedHeaders = [
  'Accept',
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
  'Idempotency-Key',
  'Range',
  'X-Twilio-Token',
  'X-Twilio-Webhook-Enabled',
].join(', ')
const exposedHeaders = 'Accept-Ranges, Content-Disposition, Content-Range, ETag, Retry-After, Twilio-Request-Id, Twilio-Request-Duration'

/** What the console asks beyond the REST API. */
const consoleApi = '/console/api/'

/**
 * What every answer carries (rest-api §1.10): the request's id, what lets pages of other origins read it, how long it took, and how many
 * requests of the process are under way.
 *
 * The origin is echoed, because `*` is of no use with credentials. It gives nothing away: answers depend on the `Authorization` header alone,
 * which a page has to know and to send, and for which no browser is ever asked (there is no `WWW-Authenticate`). Answers to the console are the
 * exception, as a cookie opens them: no page of another origin may read those, nor may it send the header by which the console is known.
 */
export function headerSetter(publicUrl: () => string): (reply: FastifyReply, request: FastifyRequest) => void {
  let known = { url: '', host: '' }
  const host = () => {
    const url = publicUrl()
    // The address is settled when the server listens, and does not change any more.
    if (url !== known.url) known = { url, host: new URL(url).host }
    return known.host
  }

  return (reply, request) => {
    const { origin } = request.headers
    reply.header('twilio-request-id', request.id)
    reply.header('x-api-domain', host())
    reply.header('vary', 'Origin')
    if (isFromConsole(request) || request.url.startsWith(consoleApi)) {
      reply.header('cache-control', 'no-store')
      return
    }
    reply.header('access-control-allow-origin', origin ?? '*')
    if (origin !== undefined) reply.header('access-control-allow-credentials', 'true')
    reply.header('access-control-expose-headers', exposedHeaders)
  }
}

/** Sets these headers on every answer, and answers the questions that browsers ask before a request of another origin. */
export function answerHeaders(app: FastifyInstance, setHeaders: ReturnType<typeof headerSetter>): void {
  let underWay = 0

  app.addHook('onRequest', async (request, reply) => {
    underWay += 1
    reply.raw.once('close', () => {
      underWay -= 1
    })
    setHeaders(reply, request)
    if (request.method !== 'OPTIONS' || request.url.startsWith(consoleApi)) return
    reply.header('access-control-allow-methods', allowedMethods)
    reply.header('access-control-allow-headers', allowedHeaders)
    reply.header('access-control-max-age', '86400')
    return reply.code(204).send()
  })

  app.addHook('onSend', async (_, reply) => {
    reply.header('twilio-concurrent-requests', String(underWay))
    reply.header('twilio-request-duration', (reply.elapsedTime / 1_000).toFixed(3))
  })
}
