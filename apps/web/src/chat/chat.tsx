import { ConversationsProvider } from '@parley/react'
import { usePreferences } from './preferences.ts'
import { useSession } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { Workspace } from './workspace.tsx'

/** The quickstart chat: outside the way in, inside the workspace. */
export function Chat() {
  const { phase, client } = useSession()
  const { clock } = usePreferences()
  if (!client || phase === 'out' || phase === 'entering') return <SignIn />
  return (
    <ConversationsProvider client={client}>
      {/* Times stand everywhere: with another clock all is drawn anew. */}
      <Workspace key={clock} />
    </ConversationsProvider>
  )
}
