import { useEffect } from 'react'
import { Skeleton } from '../ui/states.tsx'
import { Frame } from './frame/frame.tsx'
import { Problem } from './parts/problem.tsx'
import { Unreachable } from './rest/rest.ts'
import { resume, useSession } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { texts } from './texts/texts.ts'

/** The operator console: outside the way in, inside the pages. */
export function Console() {
  const { phase } = useSession()
  useEffect(() => {
    if (phase === 'out') document.title = `${texts.signIn.enter} – ${texts.appName}`
  }, [phase])
  if (phase === 'in') return <Frame />
  if (phase === 'out') return <SignIn />
  return (
    <main className="mx-auto flex max-w-md flex-col gap-3 p-6">
      <h1 className="text-xl font-semibold">{texts.appName}</h1>
      {phase === 'unreachable' ? (
        <Problem error={new Unreachable()} onRetry={() => void resume()} />
      ) : (
        <div role="status" className="flex flex-col gap-3">
          <span className="sr-only">{texts.loading}</span>
          <Skeleton className="h-5 w-2/3" />
          <Skeleton className="h-5 w-1/2" />
        </div>
      )}
    </main>
  )
}
