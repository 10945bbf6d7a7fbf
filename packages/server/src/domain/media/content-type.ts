/** What knows the first bytes of files is loaded with the first file. */
const sniffer = () => import('file-type')

/** How many of the first bytes tell what a file is. */
export const sampleBytes = 4_100

const unknown = 'application/octet-stream'
const token = "[\\w!#$%&'*+.^`|~-]+"
const mediaType = new RegExp(`^(${token}/${token})((?:\\s*;\\s*${token}=(?:${token}|"[^"\\\\\\r\\n]*"))*)\\s*;?$`)
const longestClaim = 255

/** Files of many kinds are archives or documents of these kinds inside: the claim says which. */
const containers: ReadonlySet<string> = new Set(['application/zip', 'application/gzip', 'application/x-cfb', 'application/xml', 'text/xml'])
/** Types that cannot be told by their first bytes although the sniffer knows them in full. */
const textual = /^(text\/|application\/(.*\+)?(json|xml|rtf|javascript)$|image\/svg\+xml$)/
const recordable = /^(audio|video)\//

/**
 * What a file is, by what its sender claims and what its first bytes show. The bytes win: a page that claims to be a picture is no picture. A
 * claim about which they say nothing is believed, for what they cannot show is never shown by a browser itself (`isShowable`).
 */
export async function decideContentType(claim: string | undefined, sample: Uint8Array): Promise<string> {
  const claimed = readClaim(claim)
  const { fileTypeFromBuffer, supportedMimeTypes } = await sniffer()
  const shown = (await fileTypeFromBuffer(sample))?.mime
  if (claimed === undefined) return shown ?? (isText(sample) ? 'text/plain' : unknown)
  if (sample.length === 0 || shown === claimed.type) return claimed.whole
  if (shown === undefined) return isBelievable(claimed.type, supportedMimeTypes) ? claimed.whole : isText(sample) ? 'text/plain' : unknown
  // The same container carries sound or pictures, and recorders say which.
  if (recordable.test(shown) && recordable.test(claimed.type)) return claimed.whole
  if (containers.has(shown) && !isShowable(claimed.type)) return claimed.whole
  return shown
}

/** Whether a browser may show files of this type by itself: nothing in them runs. `type` may have parameters. */
export function isShowable(type: string): boolean {
  const [essence = ''] = type.split(';')
  return /^(image|audio|video)\//.test(essence) ? !/svg|xml/.test(essence) : essence.trim() === 'application/pdf'
}

interface Claim {
  /** `text/plain` */
  type: string
  /** `text/plain; charset=utf-8`, as it was sent. */
  whole: string
}

function readClaim(claim = ''): Claim | undefined {
  const [, type, parameters] = mediaType.exec(claim.trim()) ?? []
  if (type === undefined || claim.length > longestClaim) return undefined
  const lower = type.toLowerCase()
  return { type: lower, whole: lower + parameters }
}

/**
 * Whether files of this type need not show it in their first bytes; `sniffable` are those that do. Sound and moving pictures begin in many ways,
 * and are harmless whatever they are.
 */
const isBelievable = (type: string, sniffable: ReadonlySet<string>) => recordable.test(type) || !sniffable.has(type) || textual.test(type)

/** Whether bytes are UTF-8 text, the last character perhaps cut. */
function isText(sample: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what text does not have
    return !/[\0-\x08\x0e-\x1f]/.test(text)
  } catch {
    return false
  }
}
