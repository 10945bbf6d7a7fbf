import { isoInstant } from '@parley/protocol'

/** UTC in whole seconds, without a fraction: `2026-01-31T23:59:59Z` (rest-api §1.6). */
export const toDateTime = (milliseconds: number): string => `${isoInstant(milliseconds).slice(0, -5)}Z`

/** RFC 2822, for the older API: `Mon, 13 Jun 2016 22:50:08 +0000`. */
export const toMailDate = (milliseconds: number): string => new Date(milliseconds).toUTCString().replace('GMT', '+0000')
