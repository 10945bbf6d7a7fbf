import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Problem } from '../parts/problem.tsx'
import { texts } from '../texts/texts.ts'
import { signIn, useSession } from './session.ts'

/** The way in: an account with its auth token, or an API key with its secret. */
export function SignIn() {
  const { hasEnded } = useSession()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)

  const enter = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await signIn(username.trim(), password.trim())
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <main className="flex h-full items-start justify-center overflow-y-auto bg-surface p-4 sm:items-center">
      <div className="flex w-full max-w-sm animate-appear flex-col gap-5 rounded-2xl border border-line bg-raised p-6 shadow-raised">
        <header className="flex flex-col gap-2">
          <img src="/favicon.svg" alt="" width={44} height={44} />
          <h1 className="text-xl font-semibold">{texts.signIn.title}</h1>
          <p className="text-muted">{texts.signIn.about}</p>
        </header>
        {hasEnded && (
          <p role="status" className="rounded-control bg-warning-soft px-3 py-2 text-sm text-warning">
            {texts.signIn.ended}
          </p>
        )}
        <form onSubmit={enter} className="flex flex-col gap-3">
          <TextField
            label={texts.signIn.username}
            hint={texts.signIn.usernameHint}
            required
            name="username"
            autoComplete="username"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="AC…"
            className="font-mono text-sm"
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
          <TextField
            label={texts.signIn.password}
            hint={texts.signIn.passwordHint}
            required
            type="password"
            name="password"
            autoComplete="current-password"
            className="font-mono text-sm"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          {problem !== null && <Problem error={problem} />}
          <Button type="submit" look="primary" disabled={isBusy}>
            {isBusy ? texts.signIn.entering : texts.signIn.enter}
          </Button>
        </form>
        <p className="border-t border-line pt-3 text-sm text-muted">{texts.signIn.where}</p>
      </div>
    </main>
  )
}
