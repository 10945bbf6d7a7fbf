import { Client } from '@parley/client'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'
import { installationPatience } from '../support/chromium.ts'
import { type Parley, startParley } from '../support/parley.ts'
import { openBrowser, Visitor } from '../support/visitor.ts'

const messages = 10_000
const conversations = 1_000
/** Messages that are scrolled through, several pages of them. */
const scrolledBack = 1_000
/** Requests at a time. */
const lanes = 50

/** What the browser calls a long task: longer than 50 ms, in which nothing else is drawn. */
interface LongTasks {
  count: number
  longest: number
}

describe('ten thousand messages and a thousand conversations', () => {
  let parley: Parley
  let browser: Browser
  let busy: string

  const post = async (path: string, form: Record<string, string>) => {
    const { account_sid, auth_token } = parley.credentials
    const answer = await fetch(`${parley.url}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}` },
      body: new URLSearchParams(form),
    })
    if (answer.status !== 201) throw new Error(await answer.text())
    return (await answer.json()) as { sid: string }
  }
  const many = async (count: number, make: (n: number) => Promise<unknown>) => {
    let next = 0
    const lane = async () => {
      while (next < count) await make(next++)
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  }

  beforeAll(async () => {
    await buildWhenChanged()
    parley = await startParley({ settings: { PARLEY_PAGES: 'quickstart', PARLEY_SQLITE_SYNCHRONOUS: 'normal' } })
    await many(conversations, async (n) => {
      const { sid } = await post('/Conversations', { FriendlyName: `Conversation ${n}` })
      await post(`/Conversations/${sid}/Participants`, { Identity: 'reader' })
      if (n === 0) busy = sid
    })
    await post(`/Conversations/${busy}/Participants`, { Identity: 'writer' })
    const writer = await Client.create(parley.token('writer'), { url: parley.url })
    const conversation = await writer.getConversationBySid(busy)
    await many(messages, (n) => conversation.sendMessage(`Message ${n} ${'of many words '.repeat(n % 12)}`))
    await writer.shutdown()
    browser = await openBrowser()
  }, installationPatience)
  afterAll(async () => {
    await browser?.close()
    await parley?.close()
  })

  /** Counts long tasks from now on. */
  const watch = ({ page }: Visitor) =>
    page.evaluate(() => {
      const seen = { count: 0, longest: 0 }
      Object.assign(globalThis, { longTasks: seen })
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) {
          seen.count += 1
          seen.longest = Math.max(seen.longest, duration)
        }
      }).observe({ type: 'longtask' })
    })
  const seenBy = ({ page }: Visitor) => page.evaluate(() => (globalThis as unknown as { longTasks: LongTasks }).longTasks)

  it('scroll, with hardly more in the document than is on the screen', async () => {
    const visitor = await Visitor.come(browser, `${parley.url}/?as=reader`)
    const { page } = visitor
    const list = page.getByRole('navigation')
    await visitor.sees(list.getByText('Conversation 0', { exact: true }))
    await watch(visitor)

    await list.getByText('Conversation 0', { exact: true }).hover()
    for (let turns = 0; turns < 40; turns++) await page.mouse.wheel(0, 1_200)
    expect(await list.getByRole('link').count()).toBeLessThan(60)
    const ofList = await seenBy(visitor)
    console.log(`Scrolling 1,000 conversations: ${ofList.count} long tasks, the longest ${Math.round(ofList.longest)} ms`)

    await page.goto(`${parley.url}/c/${busy}`)
    const bubbles = visitor.log.getByRole('article')
    await visitor.sees(bubbles)
    await watch(visitor)
    await visitor.log.hover()
    const oldest = async () => Number(/Message (\d+)/.exec((await bubbles.first().textContent()) ?? '')?.[1])
    const scrollBack = async () => {
      await page.mouse.wheel(0, -4_000)
      return oldest()
    }
    await expect.poll(scrollBack, { interval: 0, timeout: 90_000 }).toBeLessThanOrEqual(messages - scrolledBack)
    expect(await bubbles.count()).toBeLessThan(150)
    const ofThread = await seenBy(visitor)
    console.log(
      `Scrolling back through ${scrolledBack} of 10,000 messages: ${ofThread.count} long tasks, the longest ${Math.round(ofThread.longest)} ms`,
    )

    // A new message is one more bubble, however many there are.
    await post(`/Conversations/${busy}/Messages`, { Author: 'writer', Body: 'the last one' })
    await page.getByRole('button', { name: '1 new' }).click()
    await visitor.sees(visitor.log.getByText('the last one'))
    // At the end, what was read long ago is let go of; whoever goes back has it again.
    const height = () => visitor.log.evaluate(({ scrollHeight }) => scrollHeight)
    await expect.poll(height).toBeLessThan(scrolledBack * 30)
    await visitor.restsScrolling(visitor.log)
    await visitor.sees(visitor.log.getByText('the last one'))
    await visitor.log.hover()
    await expect.poll(scrollBack, { interval: 0, timeout: 90_000 }).toBeLessThanOrEqual(messages - scrolledBack / 2)
    expect(visitor.complaints).toEqual([])
  }, 150_000)
})
