import type { BrowserContextOptions } from 'playwright-core'
import type { Parley } from './parley.ts'
import { type Asking, ask, type Login, type Told } from './rest.ts'

/** What signs somebody in. */
export type SignIn = Pick<Login, 'username' | 'password'>

/** A browser that has the console open: it keeps the cookie, and asks as the console's page does. */
export class ConsoleVisitor {
  cookie: string | undefined

  constructor(readonly parley: Parley) {}

  async signIn({ username, password }: SignIn, headers: Record<string, string> = {}): Promise<Told> {
    const told = await this.ask('/console/api/session', { sends: { username, password }, headers })
    const [set] = told.headers.getSetCookie()
    if (set) this.cookie = set.split(';', 1)[0]
    return told
  }

  session = () => this.ask('/console/api/session')
  signOut = () => this.ask('/console/api/session', { method: 'DELETE' })

  ask(path: string, asking: Omit<Asking, 'login'> = {}): Promise<Told> {
    const headers = { 'x-parley-console': '1', 'sec-fetch-site': 'same-origin', ...(this.cookie ? { cookie: this.cookie } : {}) }
    return ask(this.parley, path, { ...asking, login: null, headers: { ...headers, ...asking.headers } })
  }
}

/** A visitor who is signed in; with the account's auth token when nothing is said. */
export async function signedIn(parley: Parley, { username, password }: SignIn = accountOf(parley)): Promise<ConsoleVisitor> {
  const visitor = new ConsoleVisitor(parley)
  const { status, text } = await visitor.signIn({ username, password })
  if (status !== 201) throw new Error(`Nobody was signed in: ${status} ${text}`)
  return visitor
}

/** The same in a browser: what its context begins with. */
export async function signedInBrowser(parley: Parley, signIn?: SignIn): Promise<Required<Pick<BrowserContextOptions, 'storageState'>>> {
  const { cookie = '' } = await signedIn(parley, signIn)
  const [name = '', value = ''] = cookie.split('=')
  const { hostname: domain } = new URL(parley.url)
  return {
    storageState: {
      cookies: [{ name, value, domain, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }],
      origins: [],
    },
  }
}

export const accountOf = ({ credentials }: Parley): SignIn => ({ username: credentials.account_sid, password: credentials.auth_token })
export const keyOf = ({ credentials }: Parley): SignIn => ({ username: credentials.api_key_sid, password: credentials.api_key_secret })
