import { classNames } from '../../ui/class-names.ts'
import { Link } from '../../ui/link.tsx'

/** Parts of a page that have addresses of their own. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  label: string
  tabs: readonly { label: string; to: string; name: string }[]
  current: string
}) {
  return (
    <nav aria-label={label} className="-mb-1 overflow-x-auto border-b border-line">
      <ul className="flex gap-1">
        {tabs.map(({ label, to, name }) => (
          <li key={name}>
            <Link
              to={to}
              aria-current={name === current ? 'page' : undefined}
              className={classNames(
                '-outline-offset-2 block border-b-2 px-3 py-2 font-medium whitespace-nowrap max-[480px]:px-2 max-[480px]:text-sm',
                name === current ? 'border-accent text-accent' : 'border-transparent text-muted hover:text-text',
              )}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
