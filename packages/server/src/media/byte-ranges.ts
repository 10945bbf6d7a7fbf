import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange } from '../storage/blobs/blob-store.ts'

/** What is asked for: all bytes, some of them, some that are not there, or nothing because the caller has them. */
export type Wanted = 'everything' | 'nothing new' | 'unsatisfiable' | ByteRange

/** What a file is to those who have seen it before: the digest of its bytes, and when it came (milliseconds). */
export interface Version {
  etag: string
  modified: number
  size: number
}

/** What a GET or HEAD wants of a file, by its conditions and its range (RFC 9110 §13, §14). Several ranges at once are answered with all bytes. */
export function wantedOf(headers: IncomingHttpHeaders, version: Version): Wanted {
  if (isFresh(headers, version)) return 'nothing new'
  return rangeApplies(headers, version) ? rangeOf(headers.range, version.size) : 'everything'
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000)

function isFresh({ 'if-none-match': tags, 'if-modified-since': since }: IncomingHttpHeaders, { etag, modified }: Version): boolean {
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  return since !== undefined && seconds(modified) <= seconds(Date.parse(since))
}

/** A range of an older version would be put together with bytes of another. */
function rangeApplies({ 'if-range': condition }: IncomingHttpHeaders, { etag, modified }: Version): boolean {
  const tag = Array.isArray(condition) ? condition[0] : condition
  return tag === undefined || tag === etag || seconds(Date.parse(tag)) === seconds(modified)
}

function rangeOf(header: string | undefined, size: number): Wanted {
  const [, from, to] = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return 'everything'
  if (from === '') {
    const last = Math.min(Number(to), size)
    return last === 0 ? 'unsatisfiable' : { start: size - last, end: size - 1 }
  }
  const start = Number(from)
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < start) return 'everything'
  return start >= size ? 'unsatisfiable' : { start, end }
}
