import { classNames } from './class-names.ts'

/** Backgrounds on which white text is readable (4.5:1 and more). */
const colours = [
  'bg-[#2b54d6]',
  'bg-[#8a3ffc]',
  'bg-[#b3261e]',
  'bg-[#17734a]',
  'bg-[#8a5300]',
  'bg-[#0b6e8a]',
  'bg-[#a1246b]',
  'bg-[#4a5a2a]',
]

/** The first letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => Array.from(word ?? '')[0]?.toLocaleUpperCase() ?? '').join('')
}

function colourOf(name: string): string {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return colours[sum % colours.length] as string
}

const sizes = { small: 'size-7 text-xs', medium: 'size-10 text-sm', large: 'size-14 text-lg' }

/** Initials on a colour that is always the same for a name; a picture of nobody. `isOnline` shows a dot that needs its words elsewhere. */
export function Avatar({ name, size = 'medium', isOnline = false }: { name: string; size?: keyof typeof sizes; isOnline?: boolean }) {
  return (
    <span aria-hidden className="relative inline-flex shrink-0">
      <span
        className={classNames(
          'inline-flex items-center justify-center rounded-full font-semibold text-[#ffffff] select-none',
          sizes[size],
          colourOf(name),
        )}
      >
        {initialsOf(name) || '#'}
      </span>
      {isOnline && <span className="absolute end-0 bottom-0 size-3 rounded-full border-2 border-background bg-ok" />}
    </span>
  )
}
