import emojis from 'emojibase-data/en/compact.json'
import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from 'react'
import { Dialog } from '../../ui/dialog.tsx'
import { texts } from '../texts/texts.ts'

interface Props {
  onChoose(emoji: string): void
  onClose(): void
}

/** Parts of other emoji, which mean nothing alone. */
const components = 2

const all = emojis
  .filter(({ group }) => group !== undefined && group !== components)
  .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  .map(({ unicode, label, tags, group }) => ({ sign: unicode, label, group: group as number, words: `${label} ${(tags ?? []).join(' ')}` }))

/** All emoji, to search by name and to walk through by the arrow keys. */
export default function AllEmoji({ onChoose, onClose }: Props) {
  const [query, setQuery] = useState('')
  const words = useDeferredValue(query.trim().toLowerCase())
  const grid = useRef<HTMLDivElement>(null)
  const groups = useMemo(() => {
    const found = all.filter((one) => words.split(/\s+/).every((word) => one.words.includes(word)))
    return Object.entries(texts.emoji.groups)
      .map(([group, name]) => ({ name, emojis: found.filter((one) => one.group === Number(group)) }))
      .filter((group) => group.emojis.length > 0)
  }, [words])

  const walk = (event: KeyboardEvent) => {
    const buttons = [...(grid.current?.querySelectorAll('button') ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const next = at === -1 ? (event.key === 'ArrowDown' ? buttons[0] : undefined) : neighbour(buttons, at, event.key)
    if (!next) return
    event.preventDefault()
    next.focus()
  }

  return (
    <Dialog title={texts.emoji.title} closeLabel={texts.close} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows walk from button to button, which are in it */}
      <div className="flex flex-col gap-2" onKeyDown={walk}>
        <input
          type="search"
          data-first-focus
          aria-label={texts.emoji.search}
          placeholder={texts.emoji.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="h-9 w-full rounded-control border border-edge bg-background px-3"
        />
        <div ref={grid} className="h-80 overflow-y-auto">
          {groups.map((group, nth) => (
            <section key={group.name} aria-label={group.name} className="[contain-intrinsic-size:auto_400px] [content-visibility:auto]">
              <h3 className="sticky top-0 bg-raised py-1 text-xs font-medium text-muted">{group.name}</h3>
              <div className="grid grid-cols-[repeat(auto-fill,minmax(2.25rem,1fr))]">
                {group.emojis.map(({ sign, label }, at) => (
                  <button
                    key={sign}
                    type="button"
                    title={label}
                    aria-label={label}
                    // One stop for the Tab key; arrows go on from there.
                    tabIndex={nth === 0 && at === 0 ? 0 : -1}
                    onClick={() => {
                      onChoose(sign)
                      onClose()
                    }}
                    className="flex aspect-square items-center justify-center rounded-control text-xl hover:bg-hover focus-visible:bg-hover"
                  >
                    {sign}
                  </button>
                ))}
              </div>
            </section>
          ))}
          {groups.length === 0 && <p className="p-6 text-center text-muted">{texts.list.nothingFound}</p>}
        </div>
      </div>
    </Dialog>
  )
}

/** Where an arrow key leads from a button of a grid: sideways in order, up and down to the nearest of the next line. */
function neighbour(buttons: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (key === 'ArrowRight') return buttons[at + 1]
  if (key === 'ArrowLeft') return buttons[at - 1]
  if (key === 'Home') return buttons[0]
  if (key === 'End') return buttons.at(-1)
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined
  const { left, top } = (buttons[at] as HTMLElement).getBoundingClientRect()
  const ahead = key === 'ArrowDown' ? buttons.slice(at + 1) : buttons.slice(0, at).reverse()
  const first = ahead.findIndex((one) => Math.abs(one.getBoundingClientRect().top - top) > 2)
  if (first === -1) return undefined
  const line = (ahead[first] as HTMLElement).getBoundingClientRect().top
  return ahead
    .slice(first)
    .filter((one) => Math.abs(one.getBoundingClientRect().top - line) <= 2)
    .reduce((best, one) => (distance(one, left) < distance(best, left) ? one : best))
}

const distance = (element: HTMLElement, left: number) => Math.abs(element.getBoundingClientRect().left - left)
