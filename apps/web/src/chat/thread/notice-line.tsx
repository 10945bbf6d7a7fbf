import { texts } from '../texts/texts.ts'
import type { Notice } from './notices.ts'

/** More of them in a row are folded. */
const shown = 3

/** What happened between two messages. */
export function NoticeLine({ notices }: { notices: readonly Notice[] }) {
  const lines = notices.map(({ key, text }) => <p key={key}>{text}</p>)
  return (
    <div className="px-6 py-1.5 text-center text-xs text-muted">
      {notices.length <= shown ? (
        lines
      ) : (
        <details>
          <summary className="inline-block cursor-pointer rounded px-2">{texts.thread.notices(notices.length)}</summary>
          {lines}
        </details>
      )}
    </div>
  )
}
