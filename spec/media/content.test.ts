import type { MediaRecord } from '@parley/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { type MediaService, mediaService } from '../support/media.ts'
import { sharedParley } from '../support/rest.ts'

const alice = { identity: 'alice' }
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

/** The link of a media with something changed. */
function changed({ links }: MediaRecord, change: (url: URL) => void): string {
  const url = new URL(links.content_direct_temporary)
  change(url)
  return url.href
}

describe('a link to a media', () => {
  const parley = sharedParley({ settings: { PARLEY_MEDIA_URL_SECONDS: '120' } })
  let media: MediaService
  let record: MediaRecord
  beforeAll(async () => {
    media = mediaService(parley())
    record = await media.upload('0123456789', { as: alice, type: 'text/plain', filename: 'digits.txt' })
  })
  const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(record.links.content_direct_temporary, { method, headers })

  it('needs no credentials', async () => {
    const answer = await get()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-length')).toBe('10')
    expect(answer.headers.get('content-type')).toBe('text/plain')
    expect(await answer.text()).toBe('0123456789')
  })

  it('can be asked for its head alone', async () => {
    const answer = await get({}, 'HEAD')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-length')).toBe('10')
    expect(answer.headers.get('accept-ranges')).toBe('bytes')
    expect(await answer.text()).toBe('')
  })

  it('gives a part of the file', async () => {
    const answer = await get({ range: 'bytes=2-4' })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe('bytes 2-4/10')
    expect(answer.headers.get('content-length')).toBe('3')
    expect(await answer.text()).toBe('234')
    expect(await (await get({ range: 'bytes=-1' })).text()).toBe('9')
  })

  it('refuses a part that is not there', async () => {
    const answer = await get({ range: 'bytes=10-20' })
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe('bytes */10')
    expect(await answer.text()).toBe('')
  })

  it('does not send again what the caller has', async () => {
    const first = await get()
    await first.arrayBuffer()
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{43}"$/)
    const again = await get({ 'if-none-match': etag })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    expect((await get({ 'if-modified-since': first.headers.get('last-modified') ?? '' })).status).toBe(304)
    const resumed = await get({ range: 'bytes=5-', 'if-range': etag })
    expect(resumed.status).toBe(206)
    expect((await get({ range: 'bytes=5-', 'if-range': '"another"' })).status).toBe(200)
  })

  it('opens nothing when it was changed', async () => {
    const other = await media.upload('other', { as: alice, type: 'text/plain' })
    for (const url of [
      changed(record, ({ searchParams }) => searchParams.set('expires', String(Number(searchParams.get('expires')) + 1))),
      // Not the last character, of which not every bit counts.
      changed(record, ({ searchParams }) =>
        searchParams.set(
          'signature',
          (searchParams.get('signature') ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
        ),
      ),
      changed(record, ({ searchParams }) => searchParams.delete('signature')),
      changed(record, ({ searchParams }) => searchParams.delete('expires')),
      changed(record, (url) => {
        url.pathname = url.pathname.replace(record.sid, other.sid)
      }),
    ]) {
      const answer = await fetch(url)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ code: 20403, message: 'The signature of this URL is wrong' })
    }
  })

  it('may name the file as it likes', async () => {
    expect(await (await fetch(changed(record, (url) => (url.pathname = `/media/${record.sid}/other.txt`)))).text()).toBe('0123456789')
  })

  it('expires; a new one is to be had', async () => {
    const { sid, links } = await media.upload('soon over', { as: alice, type: 'text/plain' })
    await parley().clock.advance(100_000)
    expect((await fetch(links.content_direct_temporary)).status).toBe(200)
    await parley().clock.advance(20_000)
    const answer = await fetch(links.content_direct_temporary)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ message: 'This URL has expired: ask for a new one' })
    const fresh = (await (await media.get(sid, { as: alice })).json()) as MediaRecord
    expect(await (await fetch(fresh.links.content_direct_temporary)).text()).toBe('soon over')
  })

  it('may be kept by a browser as long as it is good', async () => {
    const { links } = await media.upload('x', { as: alice, type: 'text/plain' })
    const [, seconds] =
      /^private, max-age=(\d+)$/.exec((await fetch(links.content_direct_temporary)).headers.get('cache-control') ?? '') ?? []
    expect(Number(seconds)).toBeGreaterThan(110)
    expect(Number(seconds)).toBeLessThanOrEqual(120)
  })

  it('is still good after a restart', async () => {
    const { links } = await media.upload('still here', { as: alice, type: 'text/plain' })
    await parley().restart()
    expect(await (await fetch(links.content_direct_temporary)).text()).toBe('still here')
  })
})

describe('a file that somebody uploaded', () => {
  const parley = sharedParley({})
  let media: MediaService
  beforeAll(() => {
    media = mediaService(parley())
  })

  async function headersOf(body: string | Buffer<ArrayBuffer>, type: string, filename?: string): Promise<Headers> {
    const { links } = await media.upload(body, { as: alice, type, ...(filename === undefined ? {} : { filename }) })
    return (await fetch(links.content_direct_temporary)).headers
  }

  it.each<[type: string, body: string | Buffer<ArrayBuffer>, disposition: 'inline' | 'attachment']>([
    ['text/html', '<script>alert(1)</script>', 'attachment'],
    ['application/xhtml+xml', '<?xml version="1.0"?><html/>', 'attachment'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'attachment'],
    ['text/javascript', 'alert(1)', 'attachment'],
    ['application/octet-stream', Buffer.from([1, 2, 3]), 'attachment'],
    ['image/png', png, 'inline'],
    ['video/mp4', Buffer.from([1, 2, 3]), 'inline'],
    ['audio/mpeg', Buffer.from([1, 2, 3]), 'inline'],
    ['application/pdf', '%PDF-1.7\n', 'inline'],
  ])('as %s never runs as a page of ours', async (type, body, disposition) => {
    const headers = await headersOf(body, type)
    expect(headers.get('content-disposition')).toBe(disposition)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*; sandbox$/)
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is never shown as a picture that it is not', async () => {
    expect((await headersOf('<html><script>alert(1)</script>', 'image/png')).get('content-type')).toBe('text/plain')
  })

  it('puts nothing of its own into the headers of an answer', async () => {
    const headers = await headersOf('x', 'text/plain\t; a=b', 'evil".html\r\nX-Injected: 1')
    expect(headers.get('x-injected')).toBeNull()
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="evil_.htmlX-Injected: 1"; filename*=UTF-8''evil%22.htmlX-Injected%3A%201`,
    )
  })

  it.each([
    ['photo.png', 'inline; filename="photo.png"'],
    ['Über \u{1F381}.png', `inline; filename="_ber __.png"; filename*=UTF-8''%C3%9Cber%20%F0%9F%8E%81.png`],
    [`it's (50%).png`, `inline; filename="it's (50_).png"; filename*=UTF-8''it%27s%20%2850%25%29.png`],
    ['../../up.png', 'inline; filename="up.png"'],
  ])('keeps its name %s for those who save it', async (filename, disposition) => {
    expect((await headersOf(png, 'image/png', filename)).get('content-disposition')).toBe(disposition)
  })
})
