const longestFilename = 255

/**
 * The name of an uploaded file as it is kept and shown: without folders, without characters that steer (line ends, direction of writing), and
 * not longer than file systems take. `null` when nothing is left.
 */
export function cleanFilename(name: string | null | undefined): string | null {
  const last = (name ?? '').split(/[\\/]/).at(-1) ?? ''
  const plain = last
    .normalize('NFC')
    .replace(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/gu, '')
    .trim()
  if (plain === '' || plain === '.' || plain === '..') return null
  return shortened(plain)
}

/** Cuts before the ending, so that the file is still opened with the right program. */
function shortened(name: string): string {
  const letters = [...name]
  if (letters.length <= longestFilename) return name
  const ending = [...(/\.[^.]{1,16}$/.exec(name)?.[0] ?? '')]
  return [...letters.slice(0, longestFilename - ending.length), ...ending].join('')
}
