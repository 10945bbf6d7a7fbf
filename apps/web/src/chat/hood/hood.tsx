import { useClient } from '@parley/react'
import { Copy, Eraser, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { prefer } from '../preferences.ts'
import { texts } from '../texts/texts.ts'
import { clearWires, useWires, watchWires } from './wires.ts'

/** The client's events and requests as they happen: for those who want to learn how the app is made. */
export function Hood() {
  const client = useClient()
  const { happenings } = useWires()
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => (client ? watchWires(client) : undefined), [client])
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each new one
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight
  }, [happenings])
  const copy = () => {
    const lines = happenings.map(({ date, name, about }) => `${date.toISOString()}\t${name}\t${about}`)
    void navigator.clipboard.writeText(lines.join('\n'))
  }
  return (
    <aside aria-label={texts.hood.title} className="flex h-52 shrink-0 flex-col border-t border-line bg-surface">
      <header className="flex h-10 shrink-0 items-center gap-1 px-3">
        <h2 className="flex-1 text-sm font-semibold">{texts.hood.title}</h2>
        <IconButton small icon={Copy} label={texts.hood.copy} onClick={copy} />
        <IconButton small icon={Eraser} label={texts.hood.clear} onClick={clearWires} />
        <IconButton small icon={X} label={texts.hood.close} onClick={() => prefer({ showsWires: false })} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <ol ref={list} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto px-3 pb-2 font-mono text-xs">
        {happenings.length === 0 && <li className="text-muted">{texts.hood.empty}</li>}
        {happenings.map(({ key, date, name, about }) => (
          <li key={key} className="flex gap-3 py-0.5">
            <time dateTime={date.toISOString()} className="shrink-0 text-muted">
              {date.toISOString().slice(11, 23)}
            </time>
            <span className="shrink-0 font-semibold">{name}</span>
            <span className="min-w-0 flex-1 truncate text-muted" title={about}>
              {about}
            </span>
            <span className="shrink-0 text-muted">{texts.hood.bytes(new TextEncoder().encode(about).length)}</span>
          </li>
        ))}
      </ol>
    </aside>
  )
}
