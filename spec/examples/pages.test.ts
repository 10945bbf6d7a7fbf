import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildClient } from '../../scripts/build-client.mjs'
import { chromiumPath, installationPatience } from '../support/chromium.ts'
import { startExample } from '../support/example.ts'
import { sharedParley } from '../support/rest.ts'

describe.each(['vanilla-js', 'react'])('the example %s', (name) => {
  const parley = sharedParley({})
  let browser: Browser
  beforeAll(async () => {
    if (name === 'vanilla-js') await buildClient()
    browser = await chromium.launch({ executablePath: await chromiumPath(), args: ['--no-sandbox'] })
  }, installationPatience)
  afterAll(() => browser?.close())

  /** Somebody at the page, with nothing wrong on its console. */
  async function open(base: string, identity: string, peer: string): Promise<{ page: Page; problems: string[] }> {
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${base}?${new URLSearchParams({ identity, with: peer, server: parley().url })}`)
    await page.getByLabel('Message').waitFor()
    return { page, problems }
  }

  const sees = (page: Page, text: string) => page.getByRole('listitem').getByText(text, { exact: true }).waitFor()

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Message').fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  it('lets two people talk, and shows what they write as text', async () => {
    await using example = startExample(name, ['serve.js'], { PORT: '0' })
    const [, base = ''] = /Open (http:\S+\/)\?/.exec(await example.line('its address', /Open http/)) ?? []
    const alice = await open(base, 'alice', 'bob')
    await alice.page
      .getByRole('status')
      .getByText(/alice talks to bob|connected/)
      .waitFor()
    await say(alice.page, 'Is anybody there?')
    await sees(alice.page, 'alice: Is anybody there?')

    const bob = await open(base, 'bob', 'alice')
    await sees(bob.page, 'alice: Is anybody there?')
    await say(bob.page, '<b>Yes</b>')
    await sees(alice.page, 'bob: <b>Yes</b>')
    expect([...alice.problems, ...bob.problems]).toEqual([])
  })
})
