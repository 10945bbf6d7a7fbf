import { ConversationsProvider } from '@parley/react'
import { useSession } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { Workspace } from './workspace.tsx'

/** The quickstart chat: outside the way in, inside the workspace. */
export function Chat() {
  const { phase, client } = useSession()
  if (!client || phase === 'out' || phase === 'entering') return <SignIn />
  return (
    <ConversationsProvider client={client}>
      <Workspace />
    </ConversationsProvider>
  )
}
