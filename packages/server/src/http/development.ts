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
  if (identity === '') throw new ParleyError('identity-missing')
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
  })
}

/**
 * Whether a request was made on this machine, by a program or by a page of this machine. A page from elsewhere can make the browser ask us,
 * but not under our name: its origin, or the host name that it had to turn to us, gives it away.
 */
function isFromHere({ headers, socket }: FastifyRequest, publicUrl: string): boolean {
  const forwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  const ours = (name: string) => name === 'localhost' || name.endsWith('.localhost') || isLoopback(name) || name === hostOf(publicUrl)
  const host = hostOf(`http://${headers.host}`)
  const origin = headers.origin === undefined ? 'localhost' : hostOf(headers.origin)
  // Only a name can be turned to another machine: a host that is an address is the one that was meant.
  return isLoopback(socket.remoteAddress ?? '') && !forwarded && (ours(host) || isIP(host) !== 0) && ours(origin)
}

const isLoopback = (address: string) => /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address)

/** The name in a URL, or the address without brackets; nothing for what is no URL. */
const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '')
