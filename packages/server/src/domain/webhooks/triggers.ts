const patterns = new Map<string, RegExp>()

/** Matches a word or phrase where no letter or digit goes on before or behind it; case and the width of blanks do not matter (webhooks §1.1). */
function patternOf(trigger: string): RegExp {
  const known = patterns.get(trigger)
  if (known) return known
  const words = trigger
    .trim()
    .split(/\s+/u)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])${words.join('\\s+')}(?![\\p{L}\\p{M}\\p{N}_])`, 'iu')
  if (patterns.size >= 10_000) patterns.clear()
  patterns.set(trigger, pattern)
  return pattern
}

/** Whether a text has one of these words or phrases in it. */
export const isTriggered = (triggers: readonly string[], text: string): boolean => triggers.some((trigger) => patternOf(trigger).test(text))
