import type { ReactNode } from 'react'
import { classNames } from '../../ui/class-names.ts'

/** Addresses in a text: http, https and mail, and nothing else. What ends a sentence is no part of them. */
const address = /\bhttps?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}]|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/gi
const loneEmoji = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u

/** What somebody wrote: text with links, and never HTML. */
export function MessageText({ text }: { text: string }) {
  return (
    <span className={classNames('min-w-0 flex-1 whitespace-pre-wrap', loneEmoji.test(text.trim()) && 'text-4xl leading-tight')}>
      {withLinks(text)}
    </span>
  )
}

function withLinks(text: string): ReactNode[] {
  const parts: ReactNode[] = []
  let at = 0
  for (const found of text.matchAll(address)) {
    const [shown] = found
    const href = shown.includes('://') ? shown : `mailto:${shown}`
    if (!isSafe(href)) continue
    parts.push(
      text.slice(at, found.index),
      <a key={found.index} href={href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">
        {shown}
      </a>,
    )
    at = found.index + shown.length
  }
  return [...parts, text.slice(at)]
}

function isSafe(href: string): boolean {
  return URL.canParse(href) && ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol)
}
