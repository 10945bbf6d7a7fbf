const hourAndMinute = new Intl.DateTimeFormat(navigator.languages, { timeStyle: 'medium' })

/** The time of day of an instant, in the reader's time. */
export const clock = (at: string): string => hourAndMinute.format(new Date(at))
