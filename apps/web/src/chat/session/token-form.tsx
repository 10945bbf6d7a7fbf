import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextArea } from '../../ui/field.tsx'
import { exactTime } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'
import { readToken } from './read-token.ts'
import { renewToken, signInWithToken } from './session.ts'

/** Takes a token that the user brings, and says what is in it, or what is wrong with it, before it is used. `mine` is who is in already. */
export function TokenForm({ mine, onDone }: { mine?: string; onDone?: () => void }) {
  const [token, setToken] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const read = token.trim() === '' ? null : readToken(token)
  const content = read && 'content' in read ? read.content : null
  const isForOther = content !== null && mine !== undefined && content.identity !== mine

  const problem = () => {
    if (content && isForOther) return texts.token.otherIdentity(content.identity, mine)
    if (!read || 'content' in read) return refusal
    if (read.problem === 'expired') return texts.token.expired(exactTime(read.ends as Date))
    return { malformed: texts.token.malformed, 'no-identity': texts.token.noIdentity, 'no-service': texts.token.noService }[read.problem]
  }

  const use = async (event: FormEvent) => {
    event.preventDefault()
    if (!content || isForOther) return
    if (mine === undefined) return signInWithToken(token)
    try {
      await renewToken(token)
      onDone?.()
    } catch (error) {
      setRefusal((error as Error).message)
    }
  }

  return (
    <form onSubmit={use} className="flex flex-col gap-3">
      <TextArea
        label={texts.signIn.token}
        hint={texts.signIn.tokenHint}
        error={problem()}
        value={token}
        spellCheck={false}
        autoComplete="off"
        className="font-mono text-xs"
        onChange={(event) => {
          setRefusal(null)
          setToken(event.target.value)
        }}
      />
      {content && !isForOther && (
        <ul className="text-sm text-muted">
          <li className="font-medium text-text">{texts.signIn.tokenFor(content.identity)}</li>
          <li>{texts.signIn.tokenService(content.service)}</li>
          {content.ends && <li>{texts.signIn.tokenEnds(exactTime(content.ends))}</li>}
        </ul>
      )}
      <Button type="submit" disabled={!content || isForOther}>
        {texts.signIn.connect}
      </Button>
    </form>
  )
}
