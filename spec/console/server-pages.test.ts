import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'
import { installationPatience } from '../support/chromium.ts'
import { keyOf, type SignIn, signedInBrowser } from '../support/console.ts'
import { type Parley, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { ask } from '../support/rest.ts'
import { lightAlone, openBrowser, tellPictures, Visitor } from '../support/visitor.ts'

const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }

/** The pages of the console that are about the server: in a browser, with real things to show. */
describe('the console shows of the server', { timeout: 120_000 }, () => {
  let parley: Parley
  let browser: Browser
  const visitors: Visitor[] = []
  const clients: RawClient[] = []

  beforeAll(async () => {
    await buildWhenChanged()
    parley = await startParley({ settings: { PARLEY_PAGES: 'console', PARLEY_WEBHOOK_RETRIES: '7' } })
    browser = await openBrowser()
  }, installationPatience)
  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints)
    for (const visitor of visitors.splice(0)) await visitor.leave()
    for (const client of clients.splice(0)) {
      client.socket.terminate()
      await client.closed
    }
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await parley?.close()
    tellPictures()
  })

  /** An operator who is signed in, at a page of the console. */
  const open = async (path: string, { as, ...options }: BrowserContextOptions & { as?: SignIn } = {}) => {
    const visitor = await Visitor.come(browser, `${parley.url}/console${path}`, { ...options, ...(await signedInBrowser(parley, as)) })
    visitors.push(visitor)
    return visitor
  }
  /** The same, with a clock that goes as ever, and can be hurried. */
  const openWithClock = async (path: string) => {
    const visitor = await open('/services')
    await visitor.page.clock.install()
    await visitor.page.goto(`${parley.url}/console${path}`)
    return visitor
  }
  const connect = async (identity: string) => {
    const client = await RawClient.open(parley.socketUrl)
    clients.push(client)
    const metadata = { env: 'Node.js', envv: '20.20.2', sdk: 'JS', sdkv: '3.0.1' }
    await client.init(parley.token(identity), { metadata })
    return client
  }

  it('who is connected, and ends a connection', async () => {
    const alice = await connect('alice')
    await connect('bob')
    const visitor = await open('/connections')
    const { page } = visitor
    const row = page.getByRole('row', { name: /alice/ })
    await row.waitFor()
    expect(await row.textContent()).toContain('JS 3.0.1')
    const node = (await ask(parley, '/v1/Metrics')).json.node_sid.slice(0, 8)
    expect(await row.textContent()).toContain(node)
    await visitor.isFineToLookAt('console-connections')

    await page.getByLabel('Identity').fill('bob')
    await page.getByLabel('Identity').press('Enter')
    await row.waitFor({ state: 'hidden' })
    expect(page.url()).toContain('identity=bob')
    await page.goto(`${parley.url}/console/connections`)

    await row.getByRole('link', { name: 'alice' }).click()
    await page.getByRole('heading', { name: 'alice' }).waitFor()
    await page.getByText('Node.js 20.20.2').waitFor()
    await visitor.isFineToLookAt('console-connection', lightAlone)
    await page.getByRole('button', { name: 'End' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
    await alice.closed
    await page.getByRole('status').filter({ hasText: 'alice is ended' }).waitFor()
    await page.getByRole('row', { name: /bob/ }).waitFor()
    await row.waitFor({ state: 'hidden' })
  })

  it('a connection that begins or ends meanwhile', async () => {
    const { page } = await openWithClock('/connections')
    await page.getByText('Nobody is connected').waitFor()
    const carol = await connect('carol')
    await page.clock.fastForward(5_000)
    await page.getByRole('row', { name: /carol/ }).waitFor()
    carol.socket.terminate()
    await carol.closed
    await page.clock.fastForward(5_000)
    await page.getByText('Nobody is connected').waitFor()
  })

  it('what is right and wrong with a token', async () => {
    const visitor = await open('/token-checker')
    const { page } = visitor
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('Paste a token first.').waitFor()

    await page.getByLabel('Access token').fill(`\n${parley.token('alice')} `)
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('This token is good').waitFor()
    await page
      .getByRole('row', { name: /grants\.identity/ })
      .getByText('alice')
      .waitFor()
    await visitor.isFineToLookAt('console-token-good', lightAlone)

    const key = { sid: parley.credentials.api_key_sid, secret: 'x'.repeat(32) }
    await page.getByLabel('Access token').fill(parley.token('alice', { key, ttl: -60 }))
    await page.getByText('This token is good').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('This token is refused').waitFor()
    const failed = page.getByRole('listitem').filter({ hasText: 'failed' })
    expect(await failed.count()).toBe(2)
    await page.getByText(/Sign it with the secret that was shown/).waitFor()
    await visitor.isFineToLookAt('console-token-refused')
    await page.getByRole('button', { name: 'Clear' }).click()
    expect(await page.getByLabel('Access token').inputValue()).toBe('')
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]))).not.toContain('eyJ')
  })

  it('which settings hold, and who said so', async () => {
    const visitor = await open('/settings')
    const { page } = visitor
    const retries = page.getByRole('row', { name: /PARLEY_WEBHOOK_RETRIES/ })
    await retries.waitFor()
    expect(await retries.textContent()).toMatch(/7.*3.*environment/)
    await visitor.isFineToLookAt('console-settings')
    await page.getByLabel('Which').selectOption({ label: 'Those that were set' })
    await page.getByRole('row', { name: /PARLEY_SQLITE_SYNCHRONOUS/ }).waitFor({ state: 'hidden' })
    await retries.waitFor()
    await page.getByLabel('Find a setting').fill('sent again')
    await expect.poll(() => page.getByRole('row', { name: /PARLEY_/ }).count()).toBe(1)
    await page.reload()
    await retries.waitFor()
    await expect.poll(() => page.getByRole('row', { name: /PARLEY_/ }).count()).toBe(1)
    await page.getByLabel('Find a setting').fill('no such thing')
    await page.getByText('No setting is called so.').waitFor()
  })

  it('settings to nobody who holds a key alone, and says why', async () => {
    const { page } = await open('/settings', { as: keyOf(parley) })
    await page
      .getByRole('alert')
      .getByText(/An API key does not open this/)
      .waitFor()
  })

  it('how it is, and was in the last hour', async () => {
    const { sid } = await parley.conversations.conversations.create()
    for (let n = 0; n < 30; n++) {
      for (let message = 0; message < n % 7; message++) await parley.conversations.conversations(sid).messages.create({ body: 'x' })
      await parley.pacing.advance(10_000)
    }
    await connect('alice')
    await parley.pacing.advance(10_000)
    const visitor = await openWithClock('/metrics')
    const { page } = visitor
    await page.getByRole('heading', { name: 'Metrics' }).waitFor()
    const messages = page.getByRole('figure', { name: 'Messages' })
    await messages.waitFor()
    const picture = messages.getByRole('img', { name: 'Messages' })
    await expect.poll(() => picture.locator('desc').textContent()).toMatch(/^Messages: between 0\/s and [\d.]+\/s, now [\d.]+\/s\.$/)
    await expect.poll(() => page.getByRole('figure').count()).toBe(10)
    await page.getByText(`Node ${(await ask(parley, '/v1/Metrics')).json.node_sid.slice(0, 8)}`).waitFor()
    await messages.getByText('Show figures').click()
    const table = messages.getByRole('table', { name: 'Messages: figures' })
    await expect.poll(() => table.getByRole('row').count()).toBeGreaterThan(25)
    await visitor.isFineToLookAt('console-metrics')

    // What is new comes by itself.
    const before = await table.getByRole('row').count()
    await parley.pacing.advance(10_000)
    await page.clock.fastForward(10_000)
    await expect.poll(() => table.getByRole('row').count(), { timeout: 20_000 }).toBeGreaterThan(before)
  })

  it('all of it on a phone', async () => {
    await connect('alice')
    const visitor = await open('', phone)
    const { page } = visitor
    for (const [path, name] of [
      ['/connections', 'console-connections'],
      ['/token-checker', 'console-token'],
      ['/settings', 'console-settings'],
      ['/metrics', 'console-metrics'],
    ] as const) {
      await page.goto(`${parley.url}/console${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'hidden' })
      await page.waitForLoadState('networkidle')
      await visitor.isFineToLookAt(name, { ...lightAlone, within: 'main' })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      const { scrolls } = await page.evaluate(() => {
        const main = document.querySelector('main') as HTMLElement
        return { scrolls: main.scrollWidth - main.clientWidth }
      })
      expect({ path, scrolls }).toEqual({ path, scrolls: 0 })
    }
  })
})
