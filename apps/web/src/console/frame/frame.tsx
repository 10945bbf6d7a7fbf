import { Menu } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { useAddress } from '../address.ts'
import { Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { sections } from '../sections.ts'
import { texts } from '../texts/texts.ts'
import { loadServices } from './current-service.ts'
import { Navigation } from './navigation.tsx'
import { Notice } from './notice.tsx'
import { pageAt } from './section.ts'

/** Navigation and page beside each other; where there is little room, the navigation is a drawer. */
export function Frame() {
  const { path } = useAddress()
  const found = pageAt(sections, path)
  // Another tab of a page is the same page.
  const { tab, ...parts } = found?.parts ?? {}
  const key = found ? `${found.section.label}/${Object.values(parts).join('/')}` : path
  const [isOpen, setOpen] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(key)

  const load = () => {
    setProblem(null)
    loadServices().catch(setProblem)
  }
  useEffect(load, [])
  // Another page is read from its beginning.
  useEffect(() => {
    if (shown.current === key) return
    shown.current = key
    main.current?.focus()
    main.current?.scrollTo(0, 0)
  }, [key])

  return (
    <div className="flex h-full flex-col min-[1000px]:flex-row">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-control focus:bg-accent focus:p-2 focus:text-on-accent"
      >
        {texts.skipToContent}
      </a>
      <header className="hidden w-60 shrink-0 border-e border-line min-[1000px]:block">
        <Navigation />
      </header>
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-2 min-[1000px]:hidden">
        <IconButton icon={Menu} label={texts.openNavigation} aria-expanded={isOpen} onClick={() => setOpen(true)} />
        <span className="font-semibold">{texts.appName}</span>
      </header>
      {isOpen && <Drawer onClose={() => setOpen(false)} />}
      <main ref={main} id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 overflow-y-auto outline-none">
        {problem !== null && (
          <div className="p-4">
            <Problem error={problem} onRetry={load} />
          </div>
        )}
        {/* Another address is another page, with nothing of the one before. */}
        {found ? <found.Page key={key} {...found.parts} /> : <NotFound />}
      </main>
      <Notice />
    </div>
  )
}

const NotFound = () => (
  <Page title={texts.noPage}>
    <p className="text-muted">{texts.noPageAbout}</p>
  </Page>
)

/** The navigation over the page: modal, so that the browser keeps the focus in it. */
function Drawer({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-label={texts.navigation}
      onClose={onClose}
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
      className="m-0 h-dvh max-h-none w-72 max-w-[85vw] border-e border-line p-0 text-text"
    >
      <Navigation onChoose={onClose} />
    </dialog>
  )
}
