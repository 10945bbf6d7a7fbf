import { type FormEvent, useState } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { texts } from '../texts/texts.ts'
import { recentIdentities, signIn, useSession } from './session.ts'
import { TokenForm } from './token-form.tsx'

const samples = ['alice', 'bob', 'carol']

/** The way in: a name, or a token. */
export function SignIn() {
  const { phase, problem } = useSession()
  const [identity, setIdentity] = useState('')
  const [isMissing, setMissing] = useState(false)
  const recent = recentIdentities()
  const isEntering = phase === 'entering'

  const enter = (event: FormEvent) => {
    event.preventDefault()
    setMissing(identity.trim() === '')
    if (identity.trim() !== '') void signIn(identity.trim())
  }

  return (
    <main className="flex h-full items-start justify-center overflow-y-auto bg-surface p-4 sm:items-center">
      <div className="flex w-full max-w-sm animate-appear flex-col gap-5 rounded-2xl border border-line bg-raised p-6 shadow-raised">
        <header className="flex flex-col gap-2">
          <img src="/favicon.svg" alt="" width={44} height={44} />
          <h1 className="text-xl font-semibold">{texts.signIn.title}</h1>
          <p className="text-muted">{texts.signIn.about}</p>
        </header>
        <form onSubmit={enter} className="flex flex-col gap-3">
          <TextField
            label={texts.signIn.identity}
            hint={texts.signIn.identityHint}
            error={isMissing ? texts.signIn.identityMissing : problem}
            value={identity}
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => setIdentity(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={isEntering}>
            {isEntering ? texts.signIn.entering : texts.signIn.enter}
          </Button>
        </form>
        <Names title={texts.signIn.recent} names={recent} />
        <Names title={texts.signIn.samples} names={samples.filter((name) => !recent.includes(name))} />
        <details className="border-t border-line pt-3">
          <summary className="w-fit rounded font-medium text-accent">{texts.signIn.useToken}</summary>
          <div className="pt-3">
            <TokenForm />
          </div>
        </details>
      </div>
    </main>
  )
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-sm text-muted">{title}</h2>
      <ul className="flex flex-wrap gap-2">
        {names.map((name) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => void signIn(name)}
              className="flex max-w-full items-center gap-2 rounded-full border border-line py-1 ps-1 pe-3 hover:bg-hover"
            >
              <Avatar name={name} size="small" />
              <span className="truncate">{name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
