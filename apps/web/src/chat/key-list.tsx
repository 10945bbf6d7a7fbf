import { Dialog } from '../ui/dialog.tsx'
import { texts } from './texts/texts.ts'

/** What can be done with the keyboard. */
export function KeyList({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={texts.keys.title} closeLabel={texts.close} onClose={onClose}>
      <dl className="flex flex-col gap-2">
        {texts.keys.rows.map(([key, what]) => (
          <div key={key} className="flex items-baseline gap-3">
            <dt className="w-36 shrink-0 font-mono text-sm">{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
