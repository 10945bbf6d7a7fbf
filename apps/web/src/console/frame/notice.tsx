import { create } from 'zustand'
import { classNames } from '../../ui/class-names.ts'

/** How long a notice stays, in milliseconds. */
const shown = 5_000

const useNotice = create<{ text: string | null }>(() => ({ text: null }))
let timer: ReturnType<typeof setTimeout> | undefined

/** Says that something was done. */
export function tell(text: string): void {
  clearTimeout(timer)
  useNotice.setState({ text })
  timer = setTimeout(() => useNotice.setState({ text: null }), shown)
}

/** Where it is said, at the foot of the page. */
export function Notice() {
  const { text } = useNotice()
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-4 z-40 flex justify-center px-4">
      <p
        className={classNames(
          'animate-appear rounded-control border border-line bg-raised px-4 py-2 text-sm shadow-raised',
          text === null && 'hidden',
        )}
      >
        {text}
      </p>
    </div>
  )
}
