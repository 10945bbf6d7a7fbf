import { ParleyError } from '@parley/protocol'

/** What of a request is asked about who sent it. */
export interface RequestHead {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Base of our URLs, as clients are told it. */
  readonly ownOrigin: string
}

/** The name of the cookie; the first is one that no other host and no plain connection can set (RFC 6265bis §4.1.3.2). */
const cookieNames = { secure: '__Host-parley_console', plain: 'parley_console' }

/** Whether a request says that it comes from the console: a header that no form and no link can send, and no page of another origin may. */
export const isFromConsole = ({ headers }: Pick<RequestHead, 'headers'>): boolean => headers['x-parley-console'] === '1'

/**
 * The secret of a session, from a request of the console itself. The cookie alone is worth nothing: browsers send it whoever made them ask.
 *
 * @throws 20403 when a page of another origin asks in the name of somebody signed in
 */
export function consoleSecret(request: RequestHead): string | undefined {
  if (!isFromConsole(request)) return undefined
  const secret = secretInCookies(request)
  if (secret !== undefined) assertSameOrigin(request)
  return secret
}

/** @throws 20403 when a browser says that a page of another origin asks */
export function assertSameOrigin({ headers, ownOrigin }: RequestHead): void {
  const { origin, host, 'sec-fetch-site': site } = headers
  const isOurs = origin === undefined || [`//${host}`, ownOrigin].some((own) => isHostOf(String(origin), own))
  if (!isOurs || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw new ParleyError('forbidden', { text: 'The console is asked by its own pages only' })
}

/** Whether a URL has the host of an origin, the port included. Its scheme does not count: a proxy may have taken the TLS off. */
function isHostOf(origin: string, url: string): boolean {
  if (!URL.canParse(origin)) return false
  const { host, protocol } = new URL(origin)
  const written = url.replace(/^(https?:)?/, protocol)
  return URL.canParse(written) && new URL(written).host === host
}

function secretInCookies({ headers }: RequestHead): string | undefined {
  const pairs = String(headers['cookie'] ?? '')
    .split(';')
    .map((pair) => pair.trim())
  for (const name of Object.values(cookieNames)) {
    const found = pairs.find((pair) => pair.startsWith(`${name}=`))
    if (found !== undefined && found.length > name.length + 1) return found.slice(name.length + 1)
  }
  return undefined
}

/** What tells a browser to keep the secret; a script never sees it, and no other site's page has it sent. */
export function cookieFor(secret: string, { secure, seconds }: { secure: boolean; seconds: number }): string {
  const kept = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}`
  return secure ? `${cookieNames.secure}=${secret}; ${kept}; Secure` : `${cookieNames.plain}=${secret}; ${kept}`
}
