import type { MediaRecord } from '@parley/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { type MediaService, mediaService } from '../support/media.ts'
import { databases } from '../support/parley.ts'
import { sharedParley } from '../support/rest.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')
const sidOfMedia = /^ME[0-9a-f]{32}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe.each(databases)('the media service on %s', (database) => {
  const parley = sharedParley({ database })
  let media: MediaService
  beforeAll(() => {
    media = mediaService(parley())
  })

  it('takes a file as the body of a request, and tells what it has', async () => {
    const { url, credentials } = parley()
    const service = credentials.service_sid
    const answer = await media.post('hello', { as: { identity: 'alice' }, type: 'text/plain', category: 'media', filename: 'a.txt' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    const record = (await answer.json()) as MediaRecord
    expect(record).toEqual({
      sid: expect.stringMatching(sidOfMedia),
      account_sid: credentials.account_sid,
      service_sid: service,
      channel_sid: null,
      message_sid: null,
      date_created: expect.stringMatching(instant),
      date_upload_updated: expect.stringMatching(instant),
      date_updated: expect.stringMatching(instant),
      size: 5,
      content_type: 'text/plain',
      filename: 'a.txt',
      file_name: 'a.txt',
      category: 'media',
      author: 'alice',
      is_multipart_upstream: false,
      url: `${url}/v1/Services/${service}/Media/${record.sid}`,
      links: {
        content: `/v1/Services/${service}/Media/${record.sid}/Content`,
        content_direct_temporary: expect.stringMatching(
          new RegExp(`^${url}/media/${record.sid}/a\\.txt\\?expires=\\d+&signature=[\\w-]{43}$`),
        ),
      },
    })
    const again = await media.get(record.sid, { as: { identity: 'alice' } })
    expect(again.status).toBe(200)
    const { links, ...rest } = (await again.json()) as MediaRecord
    expect(rest).toEqual({ ...record, links: undefined })
    expect(links.content).toBe(record.links.content)
  })

  it('takes the file of a form, as browsers send it', async () => {
    const form = new FormData()
    form.append('note', 'not the file')
    form.append('file', new File([png], 'Grüße "1".png', { type: 'image/png' }))
    form.append('after', 'the file')
    const record = await media.upload(form, { as: { identity: 'alice' }, category: 'media' })
    expect(record).toMatchObject({
      size: png.length,
      content_type: 'image/png',
      filename: 'Grüße "1".png',
      category: 'media',
      is_multipart_upstream: true,
    })
    const content = await fetch(record.links.content_direct_temporary)
    expect(Buffer.from(await content.arrayBuffer())).toEqual(png)
  })

  it('takes files of servers, which sign in with their account', async () => {
    const record = await media.upload(png)
    expect(record).toMatchObject({ author: 'sender', category: 'media', content_type: 'image/png', filename: null })
    const key = `${parley().credentials.api_key_sid}:${parley().credentials.api_key_secret}`
    const headers = { authorization: `Basic ${Buffer.from(key).toString('base64')}` }
    expect((await fetch(`${media.base}/${record.sid}`, { headers })).status).toBe(200)
  })

  it.each(['media', 'body', 'history', 'BODY'])('knows the category %s', async (category) => {
    expect(await media.upload('x', { type: 'text/plain', category })).toMatchObject({ category: category.toLowerCase() })
  })

  it('takes an empty file', async () => {
    const record = await media.upload('', { type: 'text/plain' })
    expect(record).toMatchObject({ size: 0, content_type: 'text/plain' })
    expect(await (await fetch(record.links.content_direct_temporary)).text()).toBe('')
  })

  it('believes the bytes more than the sender', async () => {
    const page = '<!DOCTYPE html><script>alert(1)</script>'
    expect(await media.upload(page, { type: 'image/png' })).toMatchObject({ content_type: 'text/plain' })
    expect(await media.upload(png, { type: 'text/html' })).toMatchObject({ content_type: 'image/png' })
  })

  it('gives the content to those who sign in', async () => {
    const { sid } = await media.upload('hello', { type: 'text/plain', as: { identity: 'alice' } })
    for (const as of ['server', { identity: 'alice' }] as const) {
      const answer = await media.get(sid, { as, path: '/Content' })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('hello')
    }
  })

  it('answers for many media at once, in the order of the question', async () => {
    const one = await media.upload('one', { type: 'text/plain' })
    const two = await media.upload('two', { type: 'text/plain' })
    const unknown = `ME${'0'.repeat(32)}`
    const answer = await media.set({ command: 'get', list: [{ media_sid: two.sid }, { media_sid: unknown }, { media_sid: one.sid }] })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual([
      { code: 200, media_record: expect.objectContaining({ sid: two.sid, size: 3 }) },
      { code: 404, media_record: { sid: unknown } },
      { code: 200, media_record: expect.objectContaining({ sid: one.sid }) },
    ])
    expect(await (await media.set({ command: 'get', list: [] })).json()).toEqual([])
  })

  describe('refuses', () => {
    const refusalOf = async (answer: Promise<Response> | Response) => {
      const { status, headers } = await answer
      const { code, message } = (await (await answer).json()) as { code: number; message: string }
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(headers.get('access-control-allow-origin')).toBeTruthy()
      return { status, code, message }
    }

    it('callers without credentials, or with wrong ones', async () => {
      expect(await refusalOf(fetch(media.base, { method: 'POST', body: 'x' }))).toMatchObject({ status: 401, code: 20003 })
      const expired = { 'x-twilio-token': parley().token('alice', { ttl: -1 }) }
      expect(await refusalOf(fetch(media.base, { method: 'POST', body: 'x', headers: expired }))).toMatchObject({
        status: 401,
        code: 20104,
      })
      expect(await refusalOf(fetch(media.base, { method: 'POST', body: 'x', headers: { 'x-twilio-token': 'no' } }))).toMatchObject({
        status: 401,
      })
    })

    it('a service that is not the one of the token, or of the account', async () => {
      const { sid } = await parley().conversations.services.create({ friendlyName: 'Other' })
      const elsewhere = media.base.replace(parley().credentials.service_sid, sid)
      const asAlice = media.credentials({ identity: 'alice' })
      expect(await refusalOf(fetch(elsewhere, { method: 'POST', body: 'x', headers: asAlice }))).toMatchObject({ status: 404, code: 20404 })
      const nowhere = media.base.replace(parley().credentials.service_sid, `IS${'0'.repeat(32)}`)
      const asServer = media.credentials('server')
      expect(await refusalOf(fetch(nowhere, { method: 'POST', body: 'x', headers: asServer }))).toMatchObject({ status: 404, code: 20404 })
    })

    it('to show a media to users who have nothing to do with it, or of another service', async () => {
      const { sid } = await media.upload('secret', { as: { identity: 'alice' } })
      const message = `The requested resource /Services/${parley().credentials.service_sid}/Media/${sid} was not found`
      expect(await refusalOf(media.get(sid, { as: { identity: 'mallory' } }))).toEqual({ status: 404, code: 20404, message })
      expect(await refusalOf(media.get(sid, { as: { identity: 'mallory' }, path: '/Content' }))).toMatchObject({ status: 404 })
      expect(await (await media.set({ command: 'get', list: [{ media_sid: sid }] }, { identity: 'mallory' })).json()).toEqual([
        { code: 404, media_record: { sid } },
      ])
      const other = await parley().conversations.services.create({ friendlyName: 'Other' })
      const elsewhere = media.base.replace(parley().credentials.service_sid, other.sid)
      expect(await refusalOf(fetch(`${elsewhere}/${sid}`, { headers: media.credentials('server') }))).toMatchObject({ status: 404 })
    })

    it('a media that is not there', async () => {
      expect(await refusalOf(media.get(`ME${'0'.repeat(32)}`))).toMatchObject({ status: 404, code: 20404 })
      expect(await refusalOf(media.get('nonsense'))).toMatchObject({ status: 404, code: 20404 })
      expect(await refusalOf(media.get('%00'))).toMatchObject({ status: 404, code: 20404 })
    })

    it('a category that is none', async () => {
      expect(await refusalOf(media.post('x', { category: 'attachment' }))).toMatchObject({ status: 400, code: 20001 })
    })

    it.each([
      ['no form at all', 'multipart/form-data; boundary=b', 'hello'],
      ['a form without boundary', 'multipart/form-data', '--b\r\n\r\n'],
      ['a form without a file', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'],
      [
        'a form that breaks off in its file',
        'multipart/form-data; boundary=b',
        '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\nContent-Type: text/plain\r\n\r\nhello',
      ],
    ])('%s', async (_, type, body) => {
      expect(await refusalOf(media.post(body, { type }))).toMatchObject({ status: 400, code: 20001 })
    })

    it.each([
      ['no JSON', '{'],
      ['another command', { command: 'delete', list: [] }],
      ['no list', { command: 'get' }],
      ['a list of other things', { command: 'get', list: ['ME1'] }],
      ['too long a list', { command: 'get', list: Array(1_001).fill({ media_sid: `ME${'0'.repeat(32)}` }) }],
      ['nothing', ''],
      ['null', 'null'],
    ])('a question for many media that is %s', async (_, body) => {
      expect((await refusalOf(media.set(body))).status).toBe(400)
    })

    it('methods that do not exist', async () => {
      for (const url of [`${media.base}/ME${'0'.repeat(32)}`, `${media.base}Set`]) {
        const answer = await fetch(url, { method: 'PUT', headers: media.credentials('server'), body: 'x' })
        expect(answer.headers.get('allow')).toMatch(/OPTIONS$/)
        expect(await refusalOf(answer)).toMatchObject({ status: 405, code: 20004 })
      }
    })
  })

  it('tells browsers that pages of other origins may use it', async () => {
    const origin = 'https://app.example.org'
    for (const [url, method, headers] of [
      [media.base, 'POST', 'content-type,x-twilio-token'],
      [`${media.base}/ME1`, 'GET', 'x-twilio-token'],
    ] as const) {
      const answer = await fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
      })
      expect(answer.status).toBe(204)
      expect(['*', origin]).toContain(answer.headers.get('access-control-allow-origin'))
      expect(answer.headers.get('access-control-allow-methods')).toMatch(/\bGET\b.*\bPOST\b/)
      const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/, */)
      expect(allowed).toEqual(expect.arrayContaining(headers.split(',')))
    }
    const record = await media.upload('x', { type: 'text/plain' })
    const content = await fetch(record.links.content_direct_temporary, { headers: { origin } })
    expect(['*', origin]).toContain(content.headers.get('access-control-allow-origin'))
    const gone = await fetch(`${parley().url}/media/${record.sid}/x?expires=1&signature=x`, { headers: { origin } })
    expect(gone.status).toBe(403)
    expect(['*', origin]).toContain(gone.headers.get('access-control-allow-origin'))
  })
})
