import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { type BusboyHeaders, Busboy as FormParser } from '@fastify/busboy'
import { type LimitName, limitSetting, ParleyError } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'
import { watchIdle } from '../base/watch-idle.ts'

/** A file that arrives: what it says of itself, and its bytes as they come. */
export interface IncomingFile {
  filename: string | undefined
  content_type: string | undefined
  is_multipart_upstream: boolean
  content: AsyncIterable<Buffer>
}

const isForm = /^multipart\/form-data\b/i

/**
 * The file in a request's body: the body itself, or the first file of a form.
 *
 * @throws 20001 for a form without a file, and what its `content` throws, as long as the file has not begun
 */
export async function incomingFile(request: IncomingMessage, pacing: Clock, patience: Patience): Promise<IncomingFile> {
  const body = inGoodTime(request, pacing, patience)
  const type = request.headers['content-type']
  if (type !== undefined && isForm.test(type)) return fileOfForm(request, body)
  return { filename: undefined, content_type: type, is_multipart_upstream: false, content: body }
}

const malformed = (cause: unknown) =>
  cause instanceof ParleyError
    ? cause
    : new ParleyError('parameter-invalid', { text: `The form cannot be read: ${(cause as Error).message}`, cause })

async function fileOfForm(request: IncomingMessage, body: AsyncIterable<Buffer>): Promise<IncomingFile> {
  const form = openForm(request)
  const failed = once(form, 'finish').then(
    () => undefined,
    (cause) => malformed(cause),
  )
  const first = new Promise<IncomingFile>((resolve) => {
    form.once('file', (_, file, filename, __, mimetype) => {
      // It may break off before anybody reads it.
      file.on('error', (cause) => file.destroy(cause))
      resolve({ filename: unescaped(filename), content_type: mimetype, is_multipart_upstream: true, content: chunksOf(file, failed) })
    })
  })
  const source = Readable.from(body, { objectMode: false })
  source.on('error', (cause) => form.destroy(cause))
  form.on('close', () => source.destroy())
  source.pipe(form)

  const found = await Promise.race([first, failed])
  if (found !== undefined && 'content' in found) return found
  throw found ?? new ParleyError('parameter-missing', { text: 'The form has no file: a part with a filename is expected' })
}

/** Browsers write a quotation mark in a name like this. */
const unescaped = (filename: string | undefined) => filename?.replaceAll('%22', '"')

function openForm(request: IncomingMessage): InstanceType<typeof FormParser> {
  try {
    return new FormParser({
      headers: request.headers as BusboyHeaders,
      limits: { fields: 20, fieldSize: 65_536, files: 1, parts: 20, headerPairs: 50 },
    })
  } catch (cause) {
    throw malformed(cause)
  }
}

/** The file, and then the rest of its form: only a form that is whole to its end is one. */
async function* chunksOf(file: Readable, failed: Promise<ParleyError | undefined>): AsyncGenerator<Buffer> {
  void failed.then((error) => error && file.destroy(error))
  try {
    for await (const chunk of file) yield chunk as Buffer
  } catch (cause) {
    throw malformed(cause)
  }
  const error = await failed
  if (error) throw error
}

/** How long a body may take, and be silent, in milliseconds. */
export interface Patience {
  most: number
  idle: number
}

/**
 * The bytes of a body, unless it is too slow. Whoever stops reading leaves the connection open, so that the reason can still be answered: see
 * `letGo`.
 *
 * @throws 20408 for a body that takes too long or falls silent, 20001 for one that breaks off
 */
async function* inGoodTime(request: IncomingMessage, pacing: Clock, patience: Patience): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = request[Symbol.asyncIterator]()
  let bytes = 0
  let late: ParleyError | undefined
  let interrupt: (reason: ParleyError) => void = () => {}
  const giveUp = (text: string, name: LimitName, limit: number) => {
    late = new ParleyError('request-timeout', { text, details: { setting: limitSetting(name), limit } })
    interrupt(late)
  }
  const timers = [
    watchIdle(
      pacing,
      patience.idle,
      () => bytes,
      () => giveUp('The upload fell silent', 'transferIdleMilliseconds', patience.idle),
    ),
    pacing.after(patience.most, () => giveUp('The upload took too long', 'uploadMilliseconds', patience.most)),
  ]
  // One promise for each step: a race against one promise of the whole upload would keep all its bytes in memory.
  const next = () =>
    new Promise<IteratorResult<Buffer>>((resolve, reject) => {
      interrupt = reject
      chunks.next().then(resolve, reject)
      if (late) reject(late)
    })
  try {
    for (;;) {
      const { done, value } = await next()
      if (done) return
      bytes += value.length
      yield value
    }
  } catch (cause) {
    if (request.destroyed && !request.complete) throw new ParleyError('parameter-invalid', { text: 'The upload broke off', cause })
    throw cause
  } finally {
    for (const timer of timers) timer.cancel()
  }
}

/** How long a client may go on sending what was refused, in milliseconds: long enough to notice, where most stop. */
const lingering = 5_000

/** Reads the rest of a refused body away, so that its sender, who may still be sending, gets to read the answer; then hangs up. */
export function letGo(request: IncomingMessage, pacing: Clock): void {
  if (request.complete || request.destroyed) return
  // It is not iterated any more, and only then flows by itself.
  request.removeAllListeners('readable')
  request.resume()
  const timer = pacing.after(lingering, () => request.destroy())
  request.once('close', () => timer.cancel())
}
