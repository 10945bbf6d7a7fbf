import { type FormValues, type Limits, limitExceeded, ParleyError } from '@parley/protocol'

const malformed = (part: string) =>
  new ParleyError('parameter-invalid', {
    text: 'Invalid parameter: percent-encoded UTF-8 is expected',
    details: { part: part.slice(0, 80) },
  })

function decoded(part: string): string {
  try {
    const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part
    return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
  } catch {
    throw malformed(part)
  }
}

/**
 * Reads `application/x-www-form-urlencoded` text, of a body or a query: each name with its values in order. A space is `+` or `%20`.
 *
 * @throws 20001 for broken percent-encoding, and for more parameters than the limit
 */
export function parseForm(text: string, limits: Limits): FormValues {
  const values = new Map<string, string[]>()
  if (text === '') return values
  const parts = text.split('&', limits.requestParameters + 1)
  if (parts.length > limits.requestParameters) throw limitExceeded('parameter-invalid', 'requestParameters', limits.requestParameters)
  for (const part of parts) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decoded(equals < 0 ? part : part.slice(0, equals))
    const value = equals < 0 ? '' : decoded(part.slice(equals + 1))
    const known = values.get(name)
    if (known) known.push(value)
    else values.set(name, [value])
  }
  return values
}

/** The query of a request's address. */
export function queryOf(url: string, limits: Limits): FormValues {
  const at = url.indexOf('?')
  return parseForm(at < 0 ? '' : url.slice(at + 1), limits)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A body as text. @throws 20001 when it is no UTF-8 */
export function bodyText(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw new ParleyError('parameter-invalid', { text: 'Invalid parameter: UTF-8 is expected' })
  }
}
