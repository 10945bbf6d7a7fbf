import { ParleyError } from '@parley/protocol'
import type { FastifyInstance } from 'fastify'
import { Histogram } from 'prom-client'
import { metrics } from '../base/metrics.ts'
import { vitals } from '../base/vitals.ts'
import type { Context } from '../domain/context.ts'

const duration = new Histogram({
  name: 'parley_http_request_seconds',
  help: 'Time from the head of a request to the end of its answer',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.000_5, 0.000_75, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [metrics],
})

/** How long the database has to say that it is there. */
const patienceMilliseconds = 2_000

/** What operators and their machines ask: is the process alive, can it serve, what does it measure. */
export function serveOperations(app: FastifyInstance, ctx: Context): void {
  app.addHook('onResponse', async (request, reply) => {
    const { url, config } = request.routeOptions
    const route = request.found?.route.path ?? (config.isTable ? undefined : url) ?? 'unknown'
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
    countRequest(reply.statusCode)
    ctx.log.debug(
      { request_id: request.id, method: request.method, route, status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) },
      'Answered a request',
    )
  })

  app.get('/healthz', async () => ({ status: 'alive' }))

  app.get('/readyz', async () => {
    await databaseAnswers(ctx)
    return { status: 'ready' }
  })

  app.get('/metrics', async (_, reply) => {
    reply.type(metrics.contentType)
    return metrics.metrics()
  })
}

function countRequest(status: number): void {
  if (status < 400) vitals.requestsSucceeded.add()
  else if (status < 500) vitals.requestsRefused.add()
  else vitals.requestsFailed.add()
}

async function databaseAnswers(ctx: Context): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const silent = () => reject(new ParleyError('unavailable', { text: 'The database does not answer' }))
    const timer = ctx.clock.after(patienceMilliseconds, silent)
    ctx.store
      .ping()
      .then(resolve, (cause) => {
        ctx.log.warn({ err: cause }, 'The database does not answer')
        silent()
      })
      .finally(() => timer.cancel())
  })
}
