/** Characters of the alphabet that phones use; those after the break take two places (GSM 03.38). */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const extended = '^{}\\[~]|€'

/** Into how many texts a message is cut on its way to phones, and the first character that forces the costlier alphabet. */
export function segmentsOf(text: string): { count: number; foreign: string | null } {
  const foreign = [...text].find((letter) => !basic.includes(letter) && !extended.includes(letter)) ?? null
  const isUnicode = foreign !== null
  const units = isUnicode ? text.length : [...text].reduce((sum, letter) => sum + (extended.includes(letter) ? 2 : 1), 0)
  const [single, part] = isUnicode ? [70, 67] : [160, 153]
  return { count: units === 0 ? 0 : units <= single ? 1 : Math.ceil(units / part), foreign }
}
