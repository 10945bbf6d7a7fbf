import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import type { MediaRecord } from '@parley/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MediaService, mediaService } from '../support/media.ts'
import { type Parley, startParley } from '../support/parley.ts'
import { startS3 } from '../support/s3.ts'
import { startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const megabyte = 1_048_576
const alice = { identity: 'alice' }

/** A body of so many megabytes, made while it is sent. */
function megabytes(count: number, watch: (sent: number) => unknown = () => {}): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      await watch(sent)
      if (sent++ < count) controller.enqueue(new Uint8Array(megabyte).fill(sent))
      else controller.close()
    },
  })
}

/** The token of a user of a server in development mode, and where they upload. */
async function aliceAt(server: { url: string }): Promise<{ token: string; url: string }> {
  const { token } = (await (await fetch(`${server.url}/token?identity=alice`)).json()) as { token: string }
  const { grants } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { token, url: `${server.url}/v1/Services/${grants.chat.service_sid}/Media` }
}

/** What a server takes up of the machine's memory, in bytes. */
async function residentMemory(server: { url: string }): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1])
}

interface Place {
  settings: Record<string, string>
  /** Everything that takes up room, finished or not. */
  contents(): string[]
  end(): Promise<void>
}

async function files(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-uploads-'))
  const media = join(folder, 'media')
  return {
    settings: { PARLEY_DATA_DIR: folder },
    contents: () =>
      existsSync(media) ? (readdirSync(media, { recursive: true }) as string[]).filter((name) => name.includes('/')).toSorted() : [],
    end: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function bucket(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-uploads-'))
  const s3 = await startS3()
  return {
    settings: { PARLEY_DATA_DIR: folder, ...s3.settings },
    contents: () => [...s3.objects(), ...s3.uploads()].toSorted(),
    async end() {
      await s3[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe.each([
  ['files', files],
  ['a bucket', bucket],
])('uploads into %s', (_, open) => {
  let place: Place
  let parley: Parley
  let media: MediaService
  beforeAll(async () => {
    place = await open()
    parley = await startParley({ settings: place.settings })
    media = mediaService(parley)
  })
  afterAll(async () => {
    await parley?.close()
    await place?.end()
  })

  const contents = () => place.contents()

  /** An upload by hand, whose head has been sent. */
  async function begin(headers: Record<string, string | number> = {}): Promise<ClientRequest> {
    const sending = request(media.base, {
      method: 'POST',
      headers: { ...media.credentials(alice), 'content-type': 'text/plain', ...headers },
    })
    sending.on('error', () => {})
    sending.flushHeaders()
    await once(sending, 'socket')
    return sending
  }

  /** The bytes of an upload begin to arrive at the place where they are kept. */
  const arriving = (before: string[]) => eventually('an upload in progress', () => (contents().length > before.length ? true : undefined))
  const left = (before: string[]) =>
    eventually('nothing left behind', () => (JSON.stringify(contents()) === JSON.stringify(before) ? true : undefined))

  it('of many megabytes come back as they were, and cost little memory both ways', async () => {
    await parley.close()
    const server = await startServerProcess({ PARLEY_PORT: '0', PARLEY_MODE: 'development', ...place.settings })
    const { token, url } = await aliceAt(server)
    const memory = () => residentMemory(server)
    const before = await memory()
    const seen = [before]

    const body = megabytes(150, async (sent) => {
      if (sent % 10 === 0) seen.push(await memory())
    })
    const answer = await fetch(url, { method: 'POST', headers: { 'x-twilio-token': token }, body, duplex: 'half' } as RequestInit)
    expect(answer.status).toBe(201)
    const { size, links } = (await answer.json()) as MediaRecord
    expect(size).toBe(150 * megabyte)

    let received = 0
    for await (const chunk of Readable.fromWeb((await fetch(links.content_direct_temporary)).body as never) as AsyncIterable<Uint8Array>) {
      if (chunk[0] !== (Math.floor(received / megabyte) + 1) % 256) throw new Error(`The byte ${received} is ${chunk[0]}`)
      const tens = Math.floor(received / (10 * megabyte))
      received += chunk.length
      if (Math.floor(received / (10 * megabyte)) > tens) seen.push(await memory())
    }
    expect(received).toBe(150 * megabyte)

    await server.stop()
    parley = await startParley({ settings: place.settings })
    media = mediaService(parley)
    expect(Math.max(...seen) - before).toBeLessThan(100 * megabyte)
  }, 60_000)

  it('may be as long as allowed, and not a byte longer', async () => {
    await parley.close()
    parley = await startParley({ settings: { ...place.settings, PARLEY_LIMIT_MEDIA_MEGABYTES: '12' } })
    media = mediaService(parley)
    const before = contents()
    expect(await media.upload(megabytes(12), { as: alice })).toMatchObject({ size: 12 * megabyte })
    const kept = contents()
    expect(kept).toHaveLength(before.length + 1)

    const refused = { code: 20413, status: 413, details: { setting: 'PARLEY_LIMIT_MEDIA_MEGABYTES', limit: 12 } }
    const streamed = await media.post(
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < 12; at++) controller.enqueue(new Uint8Array(megabyte))
          controller.enqueue(new Uint8Array(1))
          controller.close()
        },
      }),
      { as: alice },
    )
    expect(streamed.status).toBe(413)
    expect(await streamed.json()).toMatchObject(refused)
    await left(kept)

    const announced = await begin({ 'content-length': 20 * megabyte })
    const [answer] = await once(announced, 'response')
    expect(answer.statusCode).toBe(413)
    announced.destroy()
    expect(contents()).toEqual(kept)
  })

  it('that break off leave nothing behind', async () => {
    const before = contents()
    const sending = await begin({ 'content-length': 10 * megabyte })
    sending.write(Buffer.alloc(9 * megabyte))
    await arriving(before)
    sending.destroy()
    await left(before)
  })

  it('of forms that break off leave nothing behind', async () => {
    const before = contents()
    const sending = await begin({ 'content-type': 'multipart/form-data; boundary=b' })
    sending.write('--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n')
    sending.write(Buffer.alloc(9 * megabyte))
    await arriving(before)
    sending.destroy()
    await left(before)
  })

  it('that fall silent are ended, with an answer', async () => {
    const before = contents()
    const sending = await begin({ 'content-length': 10 * megabyte })
    const answered = once(sending, 'response')
    sending.write(Buffer.alloc(9 * megabyte))
    await arriving(before)
    let isAnswered = false
    sending.once('response', () => {
      isAnswered = true
    })
    // Bytes that are on their way count as movement: they arrive while something else is asked.
    for (let silence = 0; silence < 50 && !isAnswered; silence++) {
      await parley.pacing.advance(30_000)
      await fetch(`${parley.url}/healthz`)
    }
    const [answer] = await answered
    expect(answer.statusCode).toBe(408)
    const details = { setting: 'PARLEY_LIMIT_TRANSFER_IDLE_MILLISECONDS', limit: 30_000 }
    expect(await json(answer)).toMatchObject({ code: 20408, status: 408, details })
    sending.destroy()
    await left(before)
  })

  it('of forms whose file never begins are ended too', async () => {
    const sending = await begin({ 'content-type': 'multipart/form-data; boundary=b' })
    const answered = once(sending, 'response')
    sending.write('--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n')
    // What is asked later is answered: by then the server has the head of this request.
    await media.upload('x', { as: alice })
    for (let at = 0; at < 3; at++) await parley.pacing.advance(30_000)
    const [answer] = await answered
    expect(answer.statusCode).toBe(408)
    sending.destroy()
  })

  it('that take longer than allowed are ended, though they have not fallen silent', async () => {
    await parley.close()
    // Shorter than a silence may be.
    parley = await startParley({ settings: { ...place.settings, PARLEY_LIMIT_UPLOAD_MILLISECONDS: '20000' } })
    media = mediaService(parley)
    const before = contents()
    const sending = await begin()
    const answered = once(sending, 'response')
    sending.write(Buffer.alloc(9 * megabyte))
    await arriving(before)
    await parley.pacing.advance(20_000)
    const [answer] = await answered
    expect(answer.statusCode).toBe(408)
    const details = { setting: 'PARLEY_LIMIT_UPLOAD_MILLISECONDS', limit: 20_000 }
    expect(await json(answer)).toMatchObject({ code: 20408, details })
    sending.destroy()
    await left(before)
  })

  it('that a killed server did not finish are collected by the next one', async () => {
    await parley.close()
    const before = contents()
    const settings = { PARLEY_PORT: '0', PARLEY_MODE: 'development', ...place.settings }
    const killed = await startServerProcess(settings)
    const { token, url } = await aliceAt(killed)
    const sending = request(url, { method: 'POST', headers: { 'x-twilio-token': token, 'content-length': 10 * megabyte } })
    sending.on('error', () => {})
    sending.write(Buffer.alloc(9 * megabyte))
    await arriving(before)
    await killed.kill()
    expect(contents().length).toBeGreaterThan(before.length)

    parley = await startParley({ settings: place.settings })
    await parley.clock.advance(23 * 3_600_000)
    expect(contents().length).toBeGreaterThan(before.length)
    await parley.clock.advance(2 * 3_600_000)
    // Those of the other tests were never sent either.
    await left([])
  }, 120_000)
})
