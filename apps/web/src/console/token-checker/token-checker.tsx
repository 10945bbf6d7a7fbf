import type { TokenCheckResource } from '@parley/protocol'
import { CircleCheck, CircleX, KeySquare } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { TextArea } from '../../ui/field.tsx'
import { Moment } from '../parts/moment.tsx'
import { Card, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { post } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'
import { Checks } from './checks.tsx'
import { TokenParts } from './token-parts.tsx'

const words = texts.tokens

/** Takes a token, and tells what is right and wrong with it. It stays in this page, and leaves with it. */
export function TokenChecker() {
  const [token, setToken] = useState('')
  const [told, setTold] = useState<TokenCheckResource | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [isMissing, setMissing] = useState(false)
  const [isChecking, setChecking] = useState(false)

  const forget = () => {
    setTold(null)
    setProblem(null)
    setMissing(false)
  }
  const check = async (event: FormEvent) => {
    event.preventDefault()
    forget()
    if (token.trim() === '') return setMissing(true)
    setChecking(true)
    await post<TokenCheckResource>('/v1/Tokens/Check', { token: token.trim() }).then(setTold, setProblem)
    setChecking(false)
  }
  return (
    <Page title={words.title} about={words.about}>
      <form onSubmit={check} noValidate className="flex flex-col gap-3">
        <TextArea
          label={words.token}
          hint={words.hint}
          error={isMissing && words.missing}
          rows={5}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          value={token}
          className="font-mono text-sm break-all"
          onChange={(event) => {
            forget()
            setToken(event.target.value)
          }}
        />
        <div className="flex gap-2">
          <Button type="submit" look="primary" icon={KeySquare} disabled={isChecking}>
            {words.check}
          </Button>
          {token !== '' && (
            <Button
              onClick={() => {
                forget()
                setToken('')
              }}
            >
              {words.clear}
            </Button>
          )}
        </div>
      </form>
      {problem !== null && <Problem error={problem} />}
      <div role="status" className="empty:hidden">
        {told && <Verdict told={told} />}
      </div>
      {told && (
        <>
          <Card title={words.checks} about={words.checksAbout} flush>
            <Checks checks={told.checks} />
          </Card>
          <TokenParts title={words.claims} parts={told.claims} />
          <TokenParts title={words.header} parts={told.header} />
        </>
      )}
    </Page>
  )
}

function Verdict({ told: { is_valid, code, message, date_checked } }: { told: TokenCheckResource }) {
  const Icon = is_valid ? CircleCheck : CircleX
  return (
    <div className={classNames('flex gap-3 rounded-xl border p-4', is_valid ? 'border-ok/50' : 'border-danger/50 bg-danger-soft')}>
      <Icon size={22} aria-hidden className={classNames('shrink-0', is_valid ? 'text-ok' : 'text-danger')} />
      <div className="flex min-w-0 flex-col gap-1">
        <p className={classNames('font-semibold', is_valid ? 'text-ok' : 'text-danger')}>{is_valid ? words.valid : words.invalid}</p>
        <p>
          {message ?? words.validAbout} {code !== null && <code className="font-mono text-xs">{code}</code>}
        </p>
        <p className="text-sm">
          {words.serverTime}: <Moment at={date_checked} />
        </p>
      </div>
    </div>
  )
}
