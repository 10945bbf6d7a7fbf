import { ChevronLeft, ChevronRight, Inbox, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../../ui/class-names.ts'
import { Link } from '../../ui/link.tsx'
import { EmptyState, Skeleton } from '../../ui/states.tsx'
import { filterBy, useAddress } from '../address.ts'
import type { List } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'
import { Problem } from './problem.tsx'

/** A column. Those that are not `always` there give way where there is little room. */
export interface Column<T> {
  label: string
  always?: boolean
  /** Figures stand at the end. */
  isFigure?: boolean
  /** Buttons: the heading is for screen readers alone. */
  isActions?: boolean
  show(row: T): ReactNode
}

interface TableProps<T> {
  /** What it is a list of, for screen readers. */
  label: string
  list: List<T>
  columns: readonly Column<T>[]
  keyOf(row: T): string
  empty: { icon?: LucideIcon; title: string; about?: ReactNode }
}

/** A page of a list with the way to those beside it: also while it comes, when it could not be had, and when nothing is in it. */
export function Listed<T>({ list, empty, children }: Pick<TableProps<T>, 'list' | 'empty'> & { children(rows: readonly T[]): ReactNode }) {
  const { rows, error, isLoading, reload } = list
  if (error) return <Problem error={error} onRetry={reload} />
  if (!rows) return <LoadingRows />
  if (rows.length === 0 && list.page === 0) return <NothingThere list={list} empty={empty} />
  return (
    <div className="flex flex-col gap-3">
      <div aria-busy={isLoading} className={classNames(isLoading && 'opacity-60')}>
        {children(rows)}
      </div>
      <Paging list={list} count={rows.length} />
    </div>
  )
}

/** A list as a table. */
export function Table<T>({ label, list, columns, keyOf, empty }: TableProps<T>) {
  return (
    <Listed list={list} empty={empty}>
      {(rows) => <Rows label={label} rows={rows} columns={columns} keyOf={keyOf} />}
    </Listed>
  )
}

/** A table of what is there already. */
export function Rows<T>({ label, rows, columns, keyOf }: Pick<TableProps<T>, 'label' | 'columns' | 'keyOf'> & { rows: readonly T[] }) {
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-raised">
      <table aria-label={label} className="w-full text-start text-sm">
        <thead>
          <tr className="border-b border-line text-muted">
            {columns.map((column) => (
              <th
                key={column.label}
                scope="col"
                className={classNames(
                  'px-3 py-2 font-medium first:ps-4 last:pe-4',
                  !column.isFigure && !column.isActions && 'text-start',
                  ...placing(column),
                )}
              >
                {column.isActions ? <span className="sr-only">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="relative border-b border-line last:border-b-0 hover:bg-hover">
              {columns.map((column) => (
                <td key={column.label} className={classNames('h-10 px-3 py-1 align-middle first:ps-4 last:pe-4', ...placing(column))}>
                  {column.show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const placing = ({ always, isFigure, isActions }: Column<never>) => [
  !always && 'max-[720px]:hidden',
  isFigure && 'text-end tabular-nums',
  isActions && 'w-px text-end whitespace-nowrap',
]

/** A link in a row that the whole row leads to. */
export const RowLink = ({ to, children }: { to: string; children: ReactNode }) => (
  <Link to={to} className="rounded font-medium text-accent after:absolute after:inset-0 hover:underline">
    {children}
  </Link>
)

export const LoadingRows = () => (
  <div role="status" className="flex flex-col gap-3 rounded-xl border border-line bg-raised p-4">
    <span className="sr-only">{texts.loading}</span>
    {['w-2/5', 'w-3/5', 'w-1/2', 'w-2/3', 'w-2/5', 'w-1/2'].map((width, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they never change
      <Skeleton key={at} className={`h-5 ${width}`} />
    ))}
  </div>
)

function NothingThere({ list, empty }: { list: List<unknown>; empty: TableProps<unknown>['empty'] }) {
  const { query } = useAddress()
  if (!list.isFiltered)
    return (
      <EmptyState icon={empty.icon ?? Inbox} title={empty.title}>
        {empty.about}
      </EmptyState>
    )
  return (
    <EmptyState icon={empty.icon ?? Inbox} title={texts.nothingFound}>
      <button
        type="button"
        className="rounded font-medium text-accent hover:underline"
        onClick={() => filterBy(Object.fromEntries([...query.keys()].map((name) => [name, null])))}
      >
        {texts.clearFilters}
      </button>
    </EmptyState>
  )
}

function Paging({ list: { page, previous, next }, count }: { list: List<unknown>; count: number }) {
  if (!previous && !next) return <p className="text-sm text-muted">{texts.rows(count)}</p>
  return (
    <nav aria-label={texts.paging.label} className="flex items-center justify-between gap-2 text-sm">
      <p className="text-muted">{texts.paging.page(page + 1)}</p>
      <div className="flex gap-2">
        <PagingLink to={previous} icon={ChevronLeft} label={texts.paging.previous} />
        <PagingLink to={next} icon={ChevronRight} label={texts.paging.next} isForward />
      </div>
    </nav>
  )
}

function PagingLink({
  to,
  icon: Icon,
  label,
  isForward = false,
}: {
  to: string | null
  icon: LucideIcon
  label: string
  isForward?: boolean
}) {
  const className = classNames(
    'inline-flex min-h-9 items-center gap-1 rounded-control border px-3 font-medium',
    isForward && 'flex-row-reverse',
    to ? 'border-edge hover:bg-hover' : 'border-line text-muted',
  )
  const content = (
    <>
      <Icon size={16} aria-hidden className="rtl:-scale-x-100" />
      {label}
    </>
  )
  if (!to) return <span className={className}>{content}</span>
  return (
    <Link to={to} className={className}>
      {content}
    </Link>
  )
}
