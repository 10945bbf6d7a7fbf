import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'
import { type Parley, startParley } from '../support/parley.ts'

const fetchPage = (parley: Parley, path: string, headers: Record<string, string> = {}) =>
  fetch(parley.url + path, { headers, redirect: 'manual' })

/** What a document loads. */
const loadedBy = (html: string) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string)

describe('the web pages', () => {
  let parley: Parley
  beforeAll(async () => {
    await buildWhenChanged()
    parley = await startParley({ settings: { PARLEY_PAGES: 'quickstart,console' } })
  })
  afterAll(() => parley.close())

  it.each([
    ['/', 'Parley'],
    ['/c/CH1', 'Parley'],
    ['/c/CH1/people?message=IM1', 'Parley'],
    ['/console', 'Parley console'],
    ['/console/', 'Parley console'],
    ['/console/services/IS1/roles?page=2', 'Parley console'],
    ['/console/apis', 'Parley console'],
  ])('are shown at %s', async (path, title) => {
    const answer = await fetchPage(parley, path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await answer.text()).toContain(`<title>${title}</title>`)
  })

  it('run under a policy that lets in nothing inline and nothing from other hosts', async () => {
    for (const path of ['/', '/c/CH1', '/console', '/console/jobs']) {
      const answer = await fetchPage(parley, path)
      const policy = Object.fromEntries(
        (answer.headers.get('content-security-policy') ?? '').split('; ').map((directive) => directive.split(/ (.*)/, 2)),
      )
      expect(policy).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'frame-ancestors': "'none'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'require-trusted-types-for': "'script'",
      })
      expect(JSON.stringify(policy)).not.toMatch(/unsafe|\*/)
      for (const source of policy['connect-src'].split(' '))
        expect(["'self'", parley.url, parley.url.replace('http', 'ws')]).toContain(source)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')

      const html = await answer.text()
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/)
      expect(loadedBy(html).filter((path) => !path.startsWith('/') || path.startsWith('//'))).toEqual([])
    }
  })

  it('are asked for again each time, while what they load is kept for ever', async () => {
    const page = await fetchPage(parley, '/')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const loaded = loadedBy(await page.text())
    expect(loaded.some((path) => path.endsWith('.js')) && loaded.some((path) => path.endsWith('.css'))).toBe(true)
    for (const path of loaded) {
      const answer = await fetchPage(parley, path)
      expect({ path, status: answer.status }).toEqual({ path, status: 200 })
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('cache-control')).toBe(path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    }
    const etag = page.headers.get('etag') ?? ''
    const again = await fetchPage(parley, '/', { 'if-none-match': etag })
    expect({ status: again.status, text: await again.text() }).toEqual({ status: 304, text: '' })
  })

  it('travel compressed to who can read that', async () => {
    const [script] = loadedBy(await (await fetchPage(parley, '/')).text()).filter((path) => path.startsWith('/assets/'))
    const plain = await fetchPage(parley, script as string, { 'accept-encoding': 'identity' })
    const small = await fetchPage(parley, script as string, { 'accept-encoding': 'gzip, br' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(small.headers.get('content-encoding')).toBe('gzip')
    expect(small.headers.get('vary')).toContain('Accept-Encoding')
    expect(await small.text()).toBe(await plain.text())
  })

  it('are light: what the chat needs to begin is at most 150 kB of scripts, packed', async () => {
    const scripts = loadedBy(await (await fetchPage(parley, '/')).text()).filter((path) => path.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(1)
    const sizes = scripts.map(async (path) => {
      const answer = await fetchPage(parley, path, { 'accept-encoding': 'identity' })
      return gzipSync(await answer.text()).length
    })
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000)
  })

  it.each([
    '/assets/../main.js',
    '/assets/..%2f..%2fmain.js',
    '/assets/nothing.js',
    '/assets/',
    '/index.html',
    '/console.html',
    '/console/api/session/page',
    '/console/api',
    '/console/api/',
    '/.built',
    '/assets/__proto__',
  ])('have nothing at %s', async (path) => {
    expect((await fetchPage(parley, path)).status).toBe(404)
  })

  it('leave the rest of the server as it is', async () => {
    const answer = await fetchPage(parley, '/v1/Nothing')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 20404 })
  })
})

describe('which pages are served', () => {
  const statuses = async (settings: Record<string, string>) => {
    await using parley = await startParley({ settings })
    return await Promise.all(['/', '/c/CH1', '/console', '/console/jobs'].map(async (path) => (await fetchPage(parley, path)).status))
  }

  it('is for a setting to say', async () => {
    await buildWhenChanged()
    expect(await statuses({ PARLEY_PAGES: 'none' })).toEqual([404, 404, 404, 404])
    expect(await statuses({ PARLEY_PAGES: 'quickstart', PARLEY_MODE: 'production' })).toEqual([200, 200, 404, 404])
    expect(await statuses({ PARLEY_PAGES: 'console', PARLEY_MODE: 'production' })).toEqual([404, 404, 200, 200])
  })

  it('is all in development mode, and none in production, when nothing is said', async () => {
    await buildWhenChanged()
    expect(await statuses({ PARLEY_PAGES: '' })).toEqual([200, 200, 200, 200])
    expect(await statuses({ PARLEY_PAGES: '', PARLEY_MODE: 'production' })).toEqual([404, 404, 404, 404])
  })
})
