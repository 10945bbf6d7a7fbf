import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { buildClient } from '../../scripts/build-client.mjs'
import { installationPatience } from '../support/chromium.ts'
import { startHttpReceiver } from '../support/http-receiver.ts'
import { sharedParley } from '../support/rest.ts'
import { openBrowser } from '../support/visitor.ts'

const built = (file: string) => readFileSync(fileURLToPath(new URL(`../../packages/client/dist/${file}`, import.meta.url)), 'utf8')

/** One app: it says something, and hears it, and a file. It knows no more than what is given to it. */
const talk = `async (Client, token, url) => {
  const client = new Client(token, { url })
  await new Promise((resolve, reject) => {
    client.on('initialized', resolve)
    client.on('connectionError', ({ message }) => reject(new Error(message)))
  })
  const conversation = await client.createConversation({ friendlyName: 'Somewhere else' })
  await conversation.join()
  const heard = new Promise((resolve) => client.on('messageAdded', (message) => message.index === 1 && resolve(message)))
  await conversation.sendMessage('words', { from: 'far away' })
  await conversation.prepareMessage().setBody('with a file').addMedia({ contentType: 'text/plain', filename: 'a.txt', media: 'a file' }).buildAndSend()
  const { body, attachedMedia } = await heard
  const content = await (await fetch(await attachedMedia[0].getContentTemporaryUrl())).text()
  const { items } = await conversation.getMessages()
  await client.shutdown()
  return [items[0].body, JSON.stringify(items[0].attributes), body, content].join(' | ')
}`
const said = 'words | {"from":"far away"} | with a file | a file'

describe('the built client', () => {
  const parley = sharedParley({})
  let browser: Browser | undefined
  beforeAll(async () => {
    await buildClient()
  }, installationPatience)
  afterAll(() => browser?.close())

  it('runs in a web worker', async () => {
    browser = await openBrowser()
    await using site = await startHttpReceiver()
    const worker = `import { Client } from '/client.js'
      ;(${talk})(Client, ${JSON.stringify(parley().token('worker'))}, ${JSON.stringify(parley().url)})
        .then((said) => postMessage(said), (error) => postMessage(String(error.stack)))`
    const files: Record<string, [type: string, content: string]> = {
      '/': ['text/html', '<!doctype html>'],
      '/client.js': ['text/javascript', built('index.js')],
      '/worker.js': ['text/javascript', worker],
    }
    site.answers(({ path }, response) => {
      const [type, content] = files[path] ?? ['text/plain', '']
      response.setHeader('Content-Type', type).end(content)
    })
    const page = await browser.newPage()
    await page.goto(`${site.url}/`)
    const heard = page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
    })`)
    expect(await heard).toBe(said)
  })

  it('runs in Node with no package beside it, where Node has a WebSocket: always from Node 22 on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-client-'))
    writeFileSync(join(folder, 'client.mjs'), built('node.js'))
    writeFileSync(
      join(folder, 'app.mjs'),
      `import { Client } from './client.mjs'
      console.log(await (${talk})(Client, ${JSON.stringify(parley().token('node'))}, ${JSON.stringify(parley().url)}))`,
    )
    const [major] = process.versions.node.split('.')
    const flags = Number(major) < 22 ? ['--experimental-websocket'] : []
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, 'app.mjs'], { cwd: folder, timeout: 30_000 })
    expect(stdout.trim()).toBe(said)
    rmSync(folder, { recursive: true })
  })

  it('runs with no more than React Native has: no events of a window, no crypto, no structuredClone, no URL that can be searched', async () => {
    const given = {
      WebSocket,
      fetch,
      FormData,
      Blob,
      AbortController,
      TextEncoder,
      TextDecoder,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      queueMicrotask,
      // Of the same world as what the socket brings.
      ArrayBuffer,
      Uint8Array,
      console,
    }
    const context = createContext({ ...given, navigator: { product: 'ReactNative' } })
    runInContext('globalThis.self = globalThis.window = globalThis', context)
    runInContext(built('parley-conversations.min.js'), context)
    expect(
      runInContext(`[typeof URL, typeof crypto, typeof structuredClone, typeof addEventListener, typeof process].join()`, context),
    ).toBe(Array(5).fill('undefined').join())
    const run = runInContext(`(token, url) => (${talk})(Parley.Conversations.Client, token, url)`, context)
    expect(await run(parley().token('native'), parley().url)).toBe(said)
  })
})
