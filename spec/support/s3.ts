import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'

const bucket = 'chat-media'
const key = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/** A server that speaks S3, with one bucket. */
export interface S3 extends AsyncDisposable {
  endpoint: string
  bucket: string
  credentials: typeof key
  /** The settings with which Parley keeps its media here. */
  settings: Record<string, string>
  /** Keys of the objects in the bucket. */
  objects(): string[]
  /** Ids of the uploads in parts that were begun, and neither completed nor aborted. */
  uploads(): string[]
  /** How many requests of a method were answered. */
  counted(method: string): number
}

/**
 * Starts the S3 server of the tests: `s3rver`, which checks signatures and keeps its objects in a folder. It knows no aborting and no listing
 * of uploads in parts, so a front before it answers these two from that folder, and passes on all the rest as it came.
 */
export async function startS3(): Promise<S3> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-s3-'))
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: bucket }] })
  const { port } = await server.run()
  const folder = join(directory, bucket)
  const begun = join(folder, '._S3rver_uploads')
  const counts = new Map<string, number>()

  const front = createServer((incoming, answer) => {
    const method = incoming.method ?? ''
    counts.set(method, (counts.get(method) ?? 0) + 1)
    const { searchParams } = new URL(incoming.url ?? '', 'http://s3')
    const upload = searchParams.get('uploadId')
    if (method === 'DELETE' && upload !== null) return abort(join(begun, upload), answer)
    if (method === 'GET' && searchParams.has('uploads')) return list(uploads(), begun, searchParams.get('prefix') ?? '', answer)
    passOn(port, incoming, answer)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`

  const uploads = () => (existsSync(begun) ? readdirSync(begun) : [])
  const objects = () =>
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => name.endsWith('._S3rver_object'))
      .map((name) => name.slice(0, -'._S3rver_object'.length))

  return {
    endpoint,
    bucket,
    credentials: key,
    settings: {
      PARLEY_MEDIA_STORE: 's3',
      PARLEY_S3_BUCKET: bucket,
      PARLEY_S3_ENDPOINT: endpoint,
      PARLEY_S3_ACCESS_KEY_ID: key.accessKeyId,
      PARLEY_S3_SECRET_ACCESS_KEY: key.secretAccessKey,
    },
    objects,
    uploads,
    counted: (method) => counts.get(method) ?? 0,
    async [Symbol.asyncDispose]() {
      front.closeAllConnections()
      front.close()
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function abort(upload: string, answer: ServerResponse): void {
  const there = existsSync(upload)
  rmSync(upload, { recursive: true, force: true })
  answer.writeHead(there ? 204 : 404).end()
}

function list(uploads: string[], begun: string, prefix: string, answer: ServerResponse): void {
  const entries = uploads
    .map((id) => ({ id, key: readFileSync(join(begun, id, 'key'), 'utf8') }))
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ id, key }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`)
  answer.writeHead(200, { 'content-type': 'application/xml' })
  answer.end(`<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult>${entries.join('')}</ListMultipartUploadsResult>`)
}

/** The `Host` stays the caller's, for it is signed. */
function passOn(port: number, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url, headers } = incoming
  const onwards = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (received) => {
    answer.writeHead(received.statusCode ?? 500, received.headers)
    received.pipe(answer)
  })
  onwards.on('error', () => answer.destroy())
  answer.on('close', () => onwards.destroy())
  incoming.pipe(onwards)
}
