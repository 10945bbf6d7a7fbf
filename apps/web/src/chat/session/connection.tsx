import type { Message } from '@parley/client'
import { useClient, useConnectionState } from '@parley/react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Banner } from '../../ui/states.tsx'
import { texts } from '../texts/texts.ts'
import { useSession } from './session.ts'
import { TokenForm } from './token-form.tsx'

/** The state of the connection as people see it. */
type Shown = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'disconnecting' | 'disconnected' | 'denied'

/** A connection that is back sooner than this was never worth a word, in milliseconds. */
const patience = 1_500
/** How long it is told that the connection is back, after it was away for longer than the other, in milliseconds. */
const backShown = 4_000
const longAway = 10_000
/** How long the word stays beside the dot when all is well, in milliseconds. */
const wordShown = 3_000

const dots: Record<Shown, string> = {
  connecting: 'bg-edge animate-pulse',
  connected: 'bg-ok',
  reconnecting: 'bg-warning',
  offline: 'bg-edge',
  disconnecting: 'bg-edge',
  disconnected: 'bg-edge',
  denied: 'bg-danger',
}

/** What is shown of the connection, why, and when the next try is. */
function useShownConnection(): { shown: Shown; reason: string | null; code: number | null; nextTryAt: Date | null } {
  const { state, reason, code, nextTryAt } = useConnectionState()
  const { phase } = useSession()
  const isOnline = useOnline()
  const wasConnected = useRef(false)
  const [isLong, setLong] = useState(false)
  const isAway = state !== 'connected'
  if (!isAway) wasConnected.current = true
  useEffect(() => {
    setLong(false)
    if (!isAway) return
    const timer = setTimeout(() => setLong(true), patience)
    return () => clearTimeout(timer)
  }, [isAway])

  const shown = ((): Shown => {
    if (phase === 'leaving' || state === 'disconnecting') return 'disconnecting'
    if (state === 'denied') return 'denied'
    if (!isOnline) return 'offline'
    if (state === 'disconnected' || state === 'error') return 'disconnected'
    if (!isAway) return 'connected'
    if (!wasConnected.current) return 'connecting'
    return isLong ? 'reconnecting' : 'connected'
  })()
  return { shown, reason, code, nextTryAt }
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine)
    addEventListener('online', changed)
    addEventListener('offline', changed)
    return () => {
      removeEventListener('online', changed)
      removeEventListener('offline', changed)
    }
  }, [])
  return isOnline
}

/** A dot and a word, which goes when all is well. Changes are told by the banner. */
export function ConnectionState() {
  const { shown } = useShownConnection()
  const [isOld, setOld] = useState(false)
  useEffect(() => {
    setOld(false)
    if (shown !== 'connected') return
    const timer = setTimeout(() => setOld(true), wordShown)
    return () => clearTimeout(timer)
  }, [shown])
  const word = texts.connection[shown]
  return (
    <span data-connection={shown} title={word} className="flex w-fit items-center gap-1.5 truncate text-xs text-muted">
      <span aria-hidden className={classNames('size-2 shrink-0 rounded-full', dots[shown])} />
      <span className={classNames('transition-opacity', isOld && 'opacity-0')}>{word}</span>
    </span>
  )
}

/** What there is to say about the connection when it is not as it should be. Each change of its state is told here, once, to those who listen. */
export function ConnectionBanner() {
  const { shown, reason, code, nextTryAt } = useShownConnection()
  const seconds = useSecondsUntil(nextTryAt)
  const back = useBack(shown)
  const { identity } = useSession()
  const client = useClient()
  const [isAsking, setAsking] = useState(false)

  /** The same token again: whoever has no connection connects at once. When that fails the bar itself says so, and why. */
  const dial = () => void client?.updateToken(client.token).catch(() => {})

  const banner = () => {
    if (shown === 'reconnecting')
      return (
        <Banner tone="warning">
          {/* Whoever listens is not told of each second. */}
          <span aria-hidden>{texts.connection.lost(seconds)}</span>
          <span className="sr-only">{texts.connection.lost(0)}</span>
          <Button small onClick={dial}>
            {texts.connection.tryNow}
          </Button>
        </Banner>
      )
    if (shown === 'offline') return <Banner>{texts.connection.offlineBanner}</Banner>
    if (shown === 'disconnected')
      return (
        <Banner>
          {texts.connection.disconnectedBanner} {reason}
          <Button small onClick={dial}>
            {texts.connection.connect}
          </Button>
        </Banner>
      )
    if (shown === 'denied')
      return (
        <Banner tone="danger">
          <span>
            {texts.connection.deniedBanner(reason ?? '')} {code !== null && <code className="font-mono text-xs">{code}</code>}
          </span>
          <Button small onClick={() => setAsking(true)}>
            {texts.token.another}
          </Button>
        </Banner>
      )
    if (back.isBack) return <Banner>{texts.connection.back(back.messages)}</Banner>
    return <span className="sr-only">{texts.connection[shown]}</span>
  }

  return (
    <>
      <div role="status">{banner()}</div>
      {isAsking && (
        <Dialog title={texts.token.newToken} closeLabel={texts.close} onClose={() => setAsking(false)}>
          <TokenForm mine={identity} onDone={() => setAsking(false)} />
        </Dialog>
      )}
    </>
  )
}

/** Whether the connection came back a moment ago, after it was missed for long, and how many messages of others came with it. */
function useBack(shown: Shown): { isBack: boolean; messages: number } {
  const client = useClient()
  const { identity } = useSession()
  const [isBack, setBack] = useState(false)
  const [messages, setMessages] = useState(0)
  const awaySince = useRef<number | null>(null)
  const isCounting = useRef(false)
  useEffect(() => {
    if (shown === 'reconnecting' || shown === 'offline') {
      awaySince.current ??= Date.now()
      isCounting.current = true
      setMessages(0)
    }
    if (shown !== 'connected' || awaySince.current === null) return
    const wasLong = Date.now() - awaySince.current > longAway
    awaySince.current = null
    isCounting.current &&= wasLong
    if (!wasLong) return
    setBack(true)
    const timer = setTimeout(() => {
      isCounting.current = false
      setBack(false)
    }, backShown)
    return () => clearTimeout(timer)
  }, [shown])
  useEffect(() => {
    if (!client) return
    const added = ({ author }: Message) => {
      if (isCounting.current && author !== identity) setMessages((before) => before + 1)
    }
    client.on('messageAdded', added)
    return () => void client.off('messageAdded', added)
  }, [client, identity])
  return { isBack: isBack && shown === 'connected', messages }
}

function useSecondsUntil(moment: Date | null): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!moment) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [moment])
  return moment ? Math.max(0, Math.ceil((moment.getTime() - now) / 1_000)) : 0
}
