import { Client } from '@parley/client'
import { create } from 'zustand'
import { forgetDrafts } from '../composer/drafts.ts'
import { emptyOutbox, openOutbox } from '../composer/outbox.ts'
import { clearWires, watchedFetch } from '../hood/wires.ts'
import { texts } from '../texts/texts.ts'
import { readToken } from './read-token.ts'
import { fetchWithProgress } from './upload.ts'

/** Who uses the app, and their connection. */
interface Session {
  phase: 'out' | 'entering' | 'in' | 'leaving'
  identity: string
  /** Whether the user brought the token: then they have to bring the next one too. */
  isOwnToken: boolean
  client: Client | null
  /** Why the last try to come in was in vain. */
  problem: string | null
}

const out: Session = { phase: 'out', identity: '', isOwnToken: false, client: null, problem: null }

export const useSession = create<Session>(() => out)

/** For this tab alone, so that another tab can be somebody else. Tokens that the server gives for the asking are not kept. */
const storageKey = 'parley.session'
const recentKey = 'parley.recent'
const mostRecent = 4

/** Identities that were used in this browser, the last one first. */
export function recentIdentities(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(recentKey) ?? '[]')
    return Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : []
  } catch {
    return []
  }
}

const remember = (identity: string) =>
  localStorage.setItem(
    recentKey,
    JSON.stringify([identity, ...recentIdentities().filter((name) => name !== identity)].slice(0, mostRecent)),
  )

/** A token from the server in development mode. @throws with a reason for people */
async function askForToken(identity: string): Promise<string> {
  const answer = await fetch(`/token?identity=${encodeURIComponent(identity)}`).catch(() => {
    throw new Error(texts.signIn.unreachable)
  })
  if (answer.status === 404) throw new Error(texts.signIn.noTokens)
  const body = (await answer.json().catch(() => ({}))) as { token?: string; message?: string }
  if (!answer.ok || !body.token) throw new Error(body.message ?? texts.signIn.unreachable)
  return body.token
}

/** Comes in under a name; the server makes the token, and every next one. */
export async function signIn(identity: string): Promise<void> {
  useSession.setState({ ...out, phase: 'entering', identity })
  try {
    enter(await askForToken(identity), { identity, isOwnToken: false })
    sessionStorage.setItem(storageKey, JSON.stringify({ identity }))
    remember(identity)
  } catch (error) {
    useSession.setState({ ...out, problem: (error as Error).message })
  }
}

/** Comes in with a token that the user has brought. */
export function signInWithToken(token: string): void {
  const read = readToken(token)
  if (!('content' in read)) return
  const { identity } = read.content
  enter(token.trim(), { identity, isOwnToken: true })
  sessionStorage.setItem(storageKey, JSON.stringify({ token: token.trim() }))
}

function enter(token: string, { identity, isOwnToken }: { identity: string; isOwnToken: boolean }): void {
  const client = new Client(token, {
    url: location.origin,
    fetch: watchedFetch(fetchWithProgress),
    startPageSize: 200,
    ...(isOwnToken ? {} : { tokenProvider: () => askForToken(identity) }),
  })
  useSession.setState({ phase: 'in', identity, isOwnToken, client, problem: null })
  void openOutbox(client, identity)
}

/** Goes on with another token of the same user. */
export async function renewToken(token: string): Promise<void> {
  await useSession.getState().client?.updateToken(token.trim())
  sessionStorage.setItem(storageKey, JSON.stringify({ token: token.trim() }))
}

/** Takes up the session of this tab again, or that of the name in the address. */
export function resume(as: string | null): void {
  if (as) {
    history.replaceState(null, '', location.pathname)
    void signIn(as)
    return
  }
  try {
    const { identity, token } = JSON.parse(sessionStorage.getItem(storageKey) ?? '{}') as { identity?: string; token?: string }
    if (identity) void signIn(identity)
    else if (token) signInWithToken(token)
  } catch {
    sessionStorage.removeItem(storageKey)
  }
}

/** Ends the connection, and forgets what was kept for this user. */
export async function signOut(): Promise<void> {
  const { client, identity } = useSession.getState()
  useSession.setState({ phase: 'leaving' })
  sessionStorage.removeItem(storageKey)
  forgetDrafts(identity)
  clearWires()
  await emptyOutbox()
  await client?.shutdown()
  history.replaceState(null, '', '/')
  dispatchEvent(new PopStateEvent('popstate'))
  useSession.setState(out)
}
