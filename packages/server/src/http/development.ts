import { isIP } from 'node:net'
import { ParleyError } from '@parley/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { MovableClock } from '../base/clock.ts'
import type { Context } from '../domain/context.ts'
import { mintAccessToken } from '../domain/tokens/mint-access-token.ts'
import { bodyText, queryOf } from './form.ts'
import { nothingThere } from './refusals.ts'

export interface DevelopmentSettings {
  publicUrl: () => string
  clock: MovableClock
}

/** As long as the original lets a token live. */
const tokenLifetimeSeconds = 86_400
const longestAdvanceMilliseconds = 10 * 365 * 86_400_000

/**
 * What makes trying out easy, and has no place elsewhere: access tokens for the asking, and a clock that can be moved. Only development mode
 * has it, and only for callers on this machine.
 */
export function serveDevelopment(app: FastifyInstance, ctx: Context, { publicUrl, clock }: DevelopmentSettings): void {
  app.register(async (local) => {
    local.addHook('onRequest', async (request) => {
      if (!isFromHere(request, publicUrl())) throw nothingThere(request.url)
    })

    local.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
      try {
        return JSON.parse(bodyText(body))
      } catch (cause) {
        throw new ParleyError('parameter-invalid', { text: 'The body is expected to be JSON', cause })
      }
    })

    local.get('/token', async (request) => mint(ctx, queryOf(request.url, ctx.limits).get('identity')?.at(-1)))

    local.post('/token/:identity', async (request) => mint(ctx, (request.params as { identity: string }).identity))

    local.post('/parley/v1/clock', async (request) => {
      await clock.advance(readAdvance(request.body))
      return { now: new Date(clock.now()).toISOString() }
    })
  })
}

/** A token for the default service of the first account, signed with its oldest key. */
async function mint(ctx: Context, identity = ''): Promise<{ token: string; identity: string }> {
  if (identity === '') throw new ParleyError('identity-missing', { details: { field: 'identity' } })
  const { accounts } = ctx.store.read
  const account = await accounts.first()
  const key = account && (await accounts.firstKey(account.sid))
  if (!key) throw new ParleyError('unavailable', { text: 'There is no API key to sign tokens with' })
  const wish = { key, chat_service_sid: account.default_chat_service_sid, identity, lifetime_seconds: tokenLifetimeSeconds }
  return { token: await mintAccessToken(ctx, wish), identity }
}

function readAdvance(body: unknown): number {
  const milliseconds = typeof body === 'object' && body !== null && 'advance_ms' in body ? body.advance_ms : undefined
  if (typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= longestAdvanceMilliseconds) return milliseconds
  throw new ParleyError('parameter-invalid', {
    text: `{"advance_ms": n} is expected, with n from 0 to ${longestAdvanceMilliseconds}`,
    details: { field: 'advance_ms' },
  })
}

/**
 * Whether a request was made on this machine, by a program or by a page of this machine. A page from elsewhere can make the browser ask us,
 * but not under our name: its origin, or the host name that it had to turn to us, gives it away.
 */
function isFromHere({ headers, socket }: FastifyRequest, publicUrl: string): boolean {
  const names = [headers.host && `http://${headers.host}`, headers.origin].filter((name) => name !== undefined)
  const forwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  return isLoopback(socket.remoteAddress ?? '') && !forwarded && names.every((name) => isOurName(name, publicUrl))
}

const isLoopback = (address: string) => /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address)

function isOurName(url: string, publicUrl: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname } = new URL(url)
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  return isAddress || hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === new URL(publicUrl).hostname
}
