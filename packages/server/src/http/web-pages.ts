import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip as gzipWithCallback } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebPage } from '../base/config.ts'
import type { Context } from '../domain/context.ts'
import { nothingThere } from './refusals.ts'

const gzip = promisify(gzipWithCallback)

export interface WebPagesOptions {
  /** Those that are served. */
  pages: ReadonlySet<WebPage>
  /** Where media and the websocket may be, when the page has come by another name. */
  publicUrl: () => string
}

/** Where the built pages are: beside the bundled server, or beside the one that runs from its sources. */
const folders = ['./web/', '../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** The document of each page, and the paths that show it: every state of a page has an address. */
const documents: Record<WebPage, { file: string; paths: readonly string[] }> = {
  quickstart: { file: 'index.html', paths: ['/', '/c/*'] },
  console: { file: 'console.html', paths: ['/console', '/console/*'] },
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** A file of the built pages, read once. */
interface WebFile {
  type: string
  bytes: Buffer
  etag: string
  /** Its name changes with its content, so it may be kept for ever. */
  isHashed: boolean
  compressed: Promise<Buffer> | undefined
}

/**
 * The quickstart chat and the console: files that the build has made, and no others. They run under a policy that lets in nothing from other
 * hosts, nothing inline, and no text as HTML.
 */
export function serveWebPages(app: FastifyInstance, ctx: Context, { pages, publicUrl }: WebPagesOptions): void {
  if (pages.size === 0) return
  const files = readFiles()
  if (files.size === 0) {
    ctx.log.warn({}, 'The web pages are not built, and not served: `npm run build` makes them')
    return
  }

  const send = async (name: string, request: FastifyRequest, reply: FastifyReply) => {
    const file = files.get(name)
    if (!file) throw nothingThere(request.url)
    reply.headers(safety)
    reply.header('etag', file.etag)
    reply.header('cache-control', file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    if (name.endsWith('.html')) reply.header('content-security-policy', policy(publicUrl()))
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
    reply.type(file.type)
    reply.header('vary', 'Origin, Accept-Encoding')
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(file.bytes)
    file.compressed ??= gzip(file.bytes)
    return reply.header('content-encoding', 'gzip').send(await file.compressed)
  }

  for (const page of pages) {
    const { file, paths } = documents[page]
    if (!files.has(file)) ctx.log.warn({ page }, 'A web page is not built, and not served: `npm run build` makes it')
    for (const path of paths) app.get(path, (request, reply) => send(file, request, reply))
  }
  app.get('/assets/:name', (request, reply) => send(`assets/${(request.params as { name: string }).name}`, request, reply))
  for (const name of files.keys())
    if (!name.includes('/') && !name.endsWith('.html')) app.get(`/${name}`, (request, reply) => send(name, request, reply))
}

const safety = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** What a page may load, and from where: this server by whatever name it was reached, and by its public one. */
function policy(publicUrl: string): string {
  const media = `'self' ${publicUrl} blob:`
  return Object.entries({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'font-src': "'self'",
    'img-src': `${media} data:`,
    'media-src': media,
    'connect-src': `'self' ${publicUrl} ${publicUrl.replace(/^http/, 'ws')}`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')
}

/** All files of the build by their names, with `/` between. */
function readFiles(): Map<string, WebFile> {
  const folder = folders.find((one) => existsSync(join(one, 'index.html')))
  if (!folder) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile() && extname(entry.name) in types)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        const name = relative(folder, path).split(sep).join('/')
        const bytes = readFileSync(path)
        const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
        return [name, { type: types[extname(name)] as string, bytes, etag, isHashed: name.startsWith('assets/'), compressed: undefined }]
      }),
  )
}
