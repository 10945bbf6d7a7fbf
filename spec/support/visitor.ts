import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { chromiumPath } from './chromium.ts'

/** Chromium without a window, and without anything that goes to the network by itself; `more` are further switches of its command line. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: await chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

/** Where the pictures go that tests take. */
const pictures = process.env['PARLEY_TEST_PICTURES'] ?? fileURLToPath(new URL('../web/pictures', import.meta.url))

/** What a page may say while its server is away; everything else that it complains about is a mistake. */
const harmless = /WebSocket connection to|net::ERR_|status of 40[0-9]/

type Scheme = 'light' | 'dark'

/** How a page is looked at. */
interface Look {
  schemes?: readonly Scheme[]
  /** Those of them in which it is held against the rules; in the others a picture is enough, as the same colours were checked elsewhere. */
  checked?: readonly Scheme[]
  /** A selector: what stands around it was looked at before. */
  within?: string
}

/** For what has no colours of its own. */
export const lightAlone: Look = { checked: ['light'] }

/** Somebody with a browser of their own. */
export class Visitor {
  /** What the browser complained about: errors, and what the security policy refused. */
  readonly complaints: string[] = []

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error' && !harmless.test(message.text())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message))
  }

  static async come(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const visitor = new Visitor(page)
    await page.goto(address)
    return visitor
  }

  /** Where messages are written. */
  get field(): Locator {
    return this.page.getByRole('textbox', { name: 'Message' })
  }
  /** The messages. */
  get log(): Locator {
    return this.page.getByRole('log')
  }

  async write(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  /** Waits until it is on the screen. */
  async sees(what: Locator): Promise<void> {
    await what.first().waitFor({ state: 'visible' })
  }
  /** Waits until nothing in it has moved for a few frames: turns of the wheel are still on their way when they have been made. */
  async restsScrolling(what: Locator): Promise<void> {
    await what.evaluate(async (element) => {
      const position = () => [element, ...element.querySelectorAll('*')].map(({ scrollTop }) => scrollTop).join()
      for (let still = 0, before = position(); still < 10; ) {
        await new Promise(requestAnimationFrame)
        const now = position()
        still = now === before ? still + 1 : 0
        before = now
      }
    })
  }
  async seesNoMore(what: Locator): Promise<void> {
    await what.first().waitFor({ state: 'hidden' })
  }

  /** Waits until keys go there. */
  async hasFocusOn(what: Locator): Promise<void> {
    await expect.poll(() => what.first().evaluate((element) => element === document.activeElement)).toBe(true)
  }

  /** The state of the connection that the page shows. */
  async isConnected(state = 'connected'): Promise<void> {
    await this.sees(this.page.locator(`[data-connection="${state}"]`))
  }

  /** Takes pictures of what is shown, in light and in dark, and holds it against the rules of accessibility. */
  async isFineToLookAt(name: string, { schemes = ['light', 'dark'], checked = schemes, within = 'html' }: Look = {}): Promise<void> {
    for (const colorScheme of schemes) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await this.takePicture(`${name}-${this.page.viewportSize()?.width}-${colorScheme}`)
      if (!checked.includes(colorScheme)) continue
      const found = await this.#offences(within, colorScheme)
      expect({ name, colorScheme, found }).toEqual({ name, colorScheme, found: [] })
    }
    await this.page.emulateMedia({ colorScheme: 'light' })
  }

  /** What offends against the rules of accessibility. In the dark only the colours are others. */
  async #offences(within: string, colorScheme: Scheme): Promise<string[]> {
    // The rules are long: a document reads them once.
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe.source)
    // What is right is not gathered: that takes as long again.
    const options: axe.RunOptions = {
      resultTypes: ['violations'],
      ...(colorScheme === 'dark' ? { runOnly: { type: 'rule', values: ['color-contrast'] } } : {}),
    }
    const { violations } = await this.page.evaluate(
      ([selector, chosen]) => (window as unknown as { axe: typeof axe }).axe.run(selector, chosen),
      [within, options] as const,
    )
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`)
  }

  async takePicture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true })
    await this.page.screenshot({ path: join(pictures, `${name}.png`) })
  }

  async leave(): Promise<void> {
    await this.page.context().close()
  }
}

/** Says where the pictures are. */
export const tellPictures = (): void => console.log(`Pictures of the web pages: ${join(pictures, '*.png')}`)
