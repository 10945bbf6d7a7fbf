import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { texts } from '../texts/texts.ts'

/** Copies a text, and says so. `what` is what it is called. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <>
      <IconButton
        small
        icon={isCopied ? Check : Copy}
        label={texts.copy(what)}
        className="relative"
        onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
      />
      <span role="status" className="sr-only">
        {isCopied && texts.copied}
      </span>
    </>
  )
}

/** A SID that can be copied. In lists it is `short`: its end tells it from the others. */
export function Sid({ sid, short = false }: { sid: string; short?: boolean }) {
  return (
    <span className="inline-flex max-w-full items-center gap-0.5 align-middle">
      <code className="font-mono text-xs" title={sid}>
        {short ? `${sid.slice(0, 2)}…${sid.slice(-8)}` : sid}
      </code>
      <CopyButton text={sid} what={sid} />
    </span>
  )
}
