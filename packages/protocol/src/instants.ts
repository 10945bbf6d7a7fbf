let last = Number.NaN
let lastText = ''

/** An instant as ISO 8601 text with milliseconds. Much of what happens at once carries the same instant, so the last text is kept. */
export function isoInstant(milliseconds: number): string {
  if (milliseconds !== last) {
    lastText = new Date(milliseconds).toISOString()
    last = milliseconds
  }
  return lastText
}
