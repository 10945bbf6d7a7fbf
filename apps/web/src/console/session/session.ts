import { create } from 'zustand'
import { goTo } from '../../ui/navigation.ts'
import { root } from '../address.ts'
import { Refusal, send, whenSignedOut } from '../rest/rest.ts'

/** Who is signed in. */
export interface Session {
  account_sid: string
  account_name: string
  signed_in_as: 'account' | 'key'
  key_sid?: string
  expires_at: string
  development: boolean
}

interface State {
  /** `asking`: whether somebody is signed in is not known yet. */
  phase: 'asking' | 'out' | 'in' | 'unreachable'
  session: Session | null
  /** Whether somebody was signed in here, and the server does not know them any more. */
  hasEnded: boolean
}

const sessionPath = '/console/api/session'

export const useSession = create<State>(() => ({ phase: 'asking', session: null, hasEnded: false }))

const enter = async (answer: Response): Promise<void> =>
  useSession.setState({ phase: 'in', session: (await answer.json()) as Session, hasEnded: false })

// The address stays, so that they come back to what they were looking at.
whenSignedOut(() => {
  if (useSession.getState().phase === 'in') useSession.setState({ phase: 'out', session: null, hasEnded: true })
})

/** Asks whether somebody is signed in. */
export async function resume(): Promise<void> {
  useSession.setState({ phase: 'asking' })
  try {
    await enter(await send('GET', sessionPath))
  } catch (error) {
    useSession.setState({ phase: error instanceof Refusal && error.status === 401 ? 'out' : 'unreachable', session: null })
  }
}

/** @throws Refusal, Unreachable */
export async function signIn(username: string, password: string): Promise<void> {
  await enter(await send('POST', sessionPath, { body: JSON.stringify({ username, password }) }))
}

/** @throws Refusal, Unreachable */
export async function signOut(): Promise<void> {
  try {
    await send('DELETE', sessionPath)
  } catch (error) {
    // Whom the server does not know is out already.
    if (!(error instanceof Refusal && error.status === 401)) throw error
  }
  useSession.setState({ phase: 'out', session: null, hasEnded: false })
  goTo(root)
}
