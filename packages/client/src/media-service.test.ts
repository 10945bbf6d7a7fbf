import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from './errors.ts'
import { Media } from './media.ts'
import { MediaService } from './media-service.ts'
import { MessageBuilder } from './message-builder.ts'
import type { Rest } from './rest.ts'

interface Seen {
  method: string
  url: string
  token: unknown
  type: string | undefined
  body: string
}

let server: Server
let url: string
let seen: Seen[]
let answer: (request: Seen) => { status?: number; body: unknown } | undefined

async function read(request: IncomingMessage): Promise<Seen> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const { method = '', url: path = '', headers } = request
  return { method, url: path, token: headers['x-twilio-token'], type: headers['content-type'], body: Buffer.concat(parts).toString() }
}

beforeEach(async () => {
  seen = []
  answer = () => ({
    body: { sid: `ME${seen.length}`, size: 5, content_type: 'text/plain', links: { content_direct_temporary: `${url}/content` } },
  })
  server = createServer(async (request, response) => {
    const one = await read(request).catch(() => undefined)
    if (!one) return
    seen.push(one)
    const said = answer(one)
    if (!said) return
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json' })
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const service = () =>
  new MediaService(
    () => fetch,
    () => 'the token',
    () => ({ media_service: `${url}/Media`, media_set_service: null }),
  )

const limits = {
  mediaAttachmentsCountLimit: 2,
  mediaAttachmentSizeLimitInMb: 1,
  mediaAttachmentsTotalSizeLimitInMb: 1,
  emailHistoriesAllowedContentTypes: ['text/plain'],
  emailBodiesAllowedContentTypes: ['text/plain', 'text/html'],
}

function builder() {
  const posted: unknown[] = []
  const rest = {
    send: async (path: string, body: object) => {
      posted.push(path, JSON.parse(JSON.stringify(body)))
      return { index: '7' }
    },
  } as unknown as Rest
  return { posted, rest, message: new MessageBuilder(limits, { rest, media: service(), url: () => 'C/Messages' }) }
}

describe('media', () => {
  it('is uploaded with category, name, type and token', async () => {
    await service().upload({ contentType: 'text/plain', filename: 'ä b.txt', media: 'hello' }, 'media')
    await service().upload({ contentType: null, media: Buffer.from('bytes') }, 'body')
    expect(seen).toEqual([
      { method: 'POST', url: '/Media?Category=media&Filename=%C3%A4%20b.txt', token: 'the token', type: 'text/plain', body: 'hello' },
      { method: 'POST', url: '/Media?Category=body', token: 'the token', type: 'application/octet-stream', body: 'bytes' },
    ])
  })

  it('may be a form, in Node too', async () => {
    const form = new FormData()
    form.set('file', new Blob(['hello'], { type: 'text/plain' }), 'a.txt')
    await service().upload(form, 'media')
    expect(seen[0]).toMatchObject({ url: '/Media?Category=media', type: expect.stringMatching(/^multipart\/form-data; boundary=/) })
    expect(seen[0]?.body).toContain('filename="a.txt"')
  })

  it('says where its content is, anew each time', async () => {
    const media = new Media({ sid: 'ME9', category: 'media', filename: null, contentType: 'text/plain', size: 5 }, service())
    expect(await media.getContentTemporaryUrl()).toBe(`${url}/content`)
    await media.getContentTemporaryUrl()
    expect(seen.map((one) => one.url)).toEqual(['/Media/ME9', '/Media/ME9'])
  })

  it('is asked for in sets; one that cannot be had refuses them all, and is named', async () => {
    answer = () => ({ body: [{ code: 200, media_record: { sid: 'ME1', links: { content_direct_temporary: 'there' } } }] })
    expect(await service().urls(['ME1'])).toEqual(new Map([['ME1', 'there']]))
    expect(seen[0]).toMatchObject({ url: '/MediaSet', body: '{"command":"get","list":[{"media_sid":"ME1"}]}' })
    answer = () => ({ body: [{ code: 404, media_record: { sid: 'ME2', links: {} } }] })
    await expect(service().urls(['ME2'])).rejects.toMatchObject({ status: 404, message: expect.stringContaining('ME2') })
  })

  it('that is refused rejects with status and reason', async () => {
    answer = () => ({ status: 413, body: { code: 20413, message: 'Too large', status: 413 } })
    await expect(service().upload({ contentType: 'a/b', media: 'x' }, 'media')).rejects.toMatchObject({
      status: 413,
      code: 20413,
      message: 'Too large',
    })
    answer = () => ({ status: 502, body: '<html>' })
    await expect(service().record('ME1')).rejects.toMatchObject({ status: 502, body: '<html>' })
  })

  it('stops when it is cancelled', async () => {
    answer = () => undefined
    const sending = builder().message.addMedia({ contentType: 'text/plain', media: 'x' }).buildAndSend()
    sending.cancel()
    await expect(sending).rejects.toThrow('cancelled')
  })
})

describe('a message with media', () => {
  it('uploads attachments, then bodies, then histories, and is sent with all of them', async () => {
    const { message, posted } = builder()
    const index = await message
      .setBody('see')
      .setSubject('About')
      .setEmailHistory('text/plain', { contentType: null, media: 'history' })
      .setEmailBody('text/html', { contentType: null, media: '<b>' })
      .addMedia({ contentType: 'text/plain', filename: 'a.txt', media: 'one' })
      .buildAndSend()
    expect(index).toBe(7)
    expect(seen.map((one) => [new URL(one.url, url).searchParams.get('Category'), one.type])).toEqual([
      ['media', 'text/plain'],
      ['body', 'text/html'],
      ['history', 'text/plain'],
    ])
    expect(posted).toEqual(['C/Messages', { body: 'see', subject: 'About', media_sids: ['ME1', 'ME2', 'ME3'], attributes: '{}' }])
  })

  it('that could not be sent goes on, when it is sent again, with what is not uploaded yet', async () => {
    const { message, posted, rest } = builder()
    const text = (media: string) => ({ contentType: 'text/plain', media })
    const unsent = message.addMedia(text('one')).addMedia(text('two')).build()
    const bodies = () => seen.splice(0).map(({ body }) => body)
    const uploaded = answer
    answer = (request) => (request.body === 'two' ? { status: 500, body: {} } : uploaded(request))
    await expect(unsent.send()).rejects.toMatchObject({ status: 500 })
    expect(bodies()).toEqual(['one', 'two'])

    let uploads = 1
    answer = () => ({ body: { sid: `ME${++uploads}`, size: 3, content_type: 'text/plain', links: {} } })
    const { send } = rest
    rest.send = () => Promise.reject(new RequestError(403, { code: 50107 }))
    await expect(unsent.send()).rejects.toMatchObject({ code: 50107 })
    expect(bodies()).toEqual(['two'])
    // What the server has let go of meanwhile is uploaded anew.
    rest.send = () => Promise.reject(new RequestError(404, { code: 50507 }))
    await expect(unsent.send()).rejects.toMatchObject({ code: 50507 })
    expect(bodies()).toEqual([])
    rest.send = send
    await unsent.send()
    expect(bodies()).toEqual(['one', 'two'])
    expect(posted.at(-1)).toMatchObject({ media_sids: ['ME3', 'ME4'] })
    // Another message has files of its own.
    await unsent.send()
    expect(bodies()).toEqual(['one', 'two'])
  })

  it('keeps to the limits', () => {
    const text = (length: number) => ({ contentType: 'text/plain', media: 'x'.repeat(length) })
    expect(() => builder().message.addMedia(text(1)).addMedia(text(1)).addMedia(text(1)).build()).toThrow('at most 2 attachments')
    expect(() => builder().message.addMedia(text(1_100_000)).build()).toThrow('at most 1 MB')
    expect(() => builder().message.addMedia(text(600_000)).addMedia(text(600_000)).build()).toThrow('together')
    expect(() => builder().message.setEmailBody('image/png', text(1)).build()).toThrow('text/plain, text/html')
    expect(() => builder().message.setBody(5 as never)).toThrow('Argument 1 has to be a string')
    expect(() => builder().message.addMedia({ contentType: 'a/b', media: null })).toThrow('media: a non-empty string, or bytes')
  })
})
