import type { FileChooser } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { chatStage } from '../support/chat.ts'
import { lightAlone, type Visitor } from '../support/visitor.ts'
import { Wire } from '../support/wire.ts'

// A busy machine draws slowly.
describe('the quickstart chat says how it stands', { timeout: 120_000 }, () => {
  const stage = chatStage()
  const { name, come, comeAs, conversation, post } = stage

  const enter = async (a: Visitor, identity: string) => {
    await a.page.getByLabel('Your identity').fill(identity)
    await a.page.getByRole('button', { name: 'Enter' }).click()
  }
  /** Somebody at the door, whose network and clock the test has in its hands. */
  const comeWithClock = async () => {
    const a = await come('/')
    await a.page.clock.install()
    await a.page.reload()
    return { a, wire: await Wire.between(a.page) }
  }
  /** Somebody who is in, through a network that the test has in its hands. */
  const comeByWire = async (identity: string) => {
    const a = await come('/')
    const wire = await Wire.between(a.page)
    await enter(a, identity)
    await a.isConnected()
    return { a, wire }
  }
  /** Time stands still in the page: what is shown for a while stays, and nothing is tried again by itself. Rules that look at a page need time. */
  const stopTime = async ({ page }: Visitor) => page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000)

  it('the connection is being made, lost, made again when one asks for it, with what came meanwhile', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Network', ana, ben)
    const { a, wire } = await comeWithClock()
    wire.network = 'silent'
    await enter(a, ana)
    await a.isConnected('connecting')
    await a.sees(a.page.getByText('Loading conversations…'))
    await a.isFineToLookAt('loading', lightAlone)
    wire.network = 'good'
    await wire.break()
    await a.isConnected()
    await a.sees(a.page.getByRole('link', { name: /Network/ }))
    // What was now is soon a while ago, though nothing else happens.
    const time = a.page.getByRole('link', { name: /Network/ }).getByRole('time')
    await post(sid, ana, 'now')
    await expect.poll(() => time.textContent()).toBe('now')
    await a.page.clock.fastForward(60_000)
    await expect.poll(() => time.textContent()).toMatch(/^\d\d:\d\d$/)

    // When all is well the word goes, and the dot stays.
    const word = a.page.locator('[data-connection]').getByText('Connected')
    await a.page.clock.fastForward(3_000)
    await expect.poll(() => word.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')

    // One place alone tells those who listen, and not with each second.
    const told = a.page.getByRole('status')
    await expect.poll(() => told.allTextContents()).toEqual(['Connected'])
    wire.network = 'gone'
    await wire.break()
    await a.isConnected('reconnecting')
    expect(await told.locator('.sr-only').allTextContents()).toEqual(['Connection lost. Trying again. You can keep writing.'])
    expect(await told.getByText(/Trying again in/).getAttribute('aria-hidden')).toBe('true')
    await a.isFineToLookAt('reconnecting')
    // Some tries fail by themselves.
    await a.sees(a.page.getByText(/Connection lost\. Trying again in ([4-9]|\d\d) seconds\. You can keep writing\./))
    await stopTime(a)
    await a.page.clock.fastForward(10_000)
    for (const text of ['one', 'two']) await post(sid, ben, text)
    wire.network = 'good'
    await a.page.getByRole('button', { name: 'Try now' }).click()
    await a.isConnected()
    await a.sees(a.page.getByText('Back online. 2 new messages.'))
    await a.takePicture('back')
    // It goes by itself.
    await a.page.clock.fastForward(4_000)
    await a.seesNoMore(a.page.getByText('Back online.'))

    // After a moment it is not worth a word.
    await a.page.clock.resume()
    wire.network = 'gone'
    await wire.break()
    await a.isConnected('reconnecting')
    wire.network = 'good'
    await a.page.getByRole('button', { name: 'Try now' }).click()
    await a.isConnected()
    await expect.poll(() => told.allTextContents()).toEqual(['Connected'])
  })

  it('rows change places, gliding, unless one points at them or wants no motion', async () => {
    const ana = name('ana')
    const sids: string[] = []
    for (const title of ['Lower', 'Upper']) sids.push(await conversation(title, ana))
    for (const sid of sids) await post(sid, ana, 'mine')
    const a = await comeAs(ana)
    const list = a.page.getByRole('navigation')
    await a.page.evaluate(() => {
      const moves = { count: 0 }
      Object.assign(globalThis, { moves })
      const { animate } = Element.prototype
      Element.prototype.animate = function (...given) {
        moves.count++
        return animate.apply(this, given)
      }
    })
    const moves = () => a.page.evaluate(() => (globalThis as unknown as { moves: { count: number } }).moves.count)
    /** The one below overtakes the one above it. */
    const overtake = async (title: string, sid: string) => {
      await post(sid, ana, 'again')
      await expect.poll(() => list.getByRole('link').first().textContent()).toContain(title)
      await a.restsScrolling(list)
    }
    const [lower = '', upper = ''] = sids
    await a.page.getByRole('main').hover()
    await expect.poll(() => list.getByRole('link').first().textContent()).toContain('Upper')
    await overtake('Lower', lower)
    expect(await moves()).toBe(2)
    await list.getByRole('link').first().hover()
    await overtake('Upper', upper)
    expect(await moves()).toBe(2)
    await a.page.getByRole('main').hover()
    await a.page.emulateMedia({ reducedMotion: 'reduce' })
    await overtake('Lower', lower)
    expect(await moves()).toBe(2)
  })

  it('messages that come faster than one reads are read all the same', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Flood', ana, ben)
    const { a } = await comeWithClock()
    await enter(a, ana)
    await a.page.getByRole('link', { name: /Flood/ }).click()
    await a.sees(a.field)
    const read = async () => (await stage.parley.conversations.conversations(sid).participants(ana).fetch()).lastReadMessageIndex
    await stopTime(a)
    // Never a second without another one.
    for (let n = 0; n < 4; n++) {
      await post(sid, ben, `number ${n}`)
      const shown = async () => {
        await a.page.clock.runFor(20)
        return a.log.getByText(`number ${n}`).count()
      }
      await expect.poll(shown).toBe(1)
      await a.page.clock.runFor(600)
    }
    await expect.poll(read).toBeGreaterThanOrEqual(1)
  })

  it('the connection is over because the server says so, and why', async () => {
    const ana = name('ana')
    await conversation('Over', ana)
    const { a, wire } = await comeByWire(ana)
    await a.sees(a.page.getByRole('link', { name: /Over/ }))
    wire.say({ id: 'over', method: 'close', status: { code: 417, status: 'EXPECTATION_FAILED', description: 'The server is full' } })
    await a.isConnected('disconnected')
    await a.sees(a.page.getByText('Disconnected. The server is full'))
    await a.isFineToLookAt('disconnected', lightAlone)
    await a.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await a.isConnected()
    await a.seesNoMore(a.page.getByText('Disconnected.'))
  })

  it('somebody signs out, as long as it takes', async () => {
    const ana = name('ana')
    await conversation('Goodbye', ana)
    const { a, wire } = await comeWithClock()
    await enter(a, ana)
    await a.isConnected()
    await a.sees(a.page.getByRole('link', { name: /Goodbye/ }))
    wire.closes = false
    await a.page.getByRole('button', { name: 'Settings' }).click()
    await stopTime(a)
    await a.page.getByRole('button', { name: 'Sign out' }).click()
    await a.isConnected('disconnecting')
    await a.sees(a.page.getByRole('status').getByText('Signing out…'))
    await a.takePicture('disconnecting')
    await a.page.clock.fastForward(1_000)
    await a.sees(a.page.getByLabel('Your identity'))
  })

  it('a token is refused from the start, why, and what to do', async () => {
    const ana = name('ana')
    await conversation('Refused', ana)
    const a = await come('/')
    const paste = async (token: string) => {
      await a.page.getByLabel('Access token').fill(token)
      await a.page.getByRole('button', { name: 'Connect', exact: true }).click()
    }
    await a.page.getByText('Use a token').click()
    await paste(stage.parley.token(ana, { key: { sid: stage.parley.credentials.api_key_sid, secret: 'x'.repeat(32) } }))
    await a.isConnected('denied')
    await a.sees(a.page.getByRole('status').getByText(/The server refuses the token: .*signature/i))
    await a.sees(a.page.getByRole('status').getByText('51117'))
    await a.isFineToLookAt('denied-at-first', lightAlone)
    await a.page.getByRole('button', { name: 'Use another token' }).click()
    await paste(stage.parley.token(ana))
    await a.isConnected()
    await a.sees(a.page.getByRole('link', { name: /Refused/ }))
  })

  it('the list could not be loaded, and loads when one tries again', async () => {
    const ana = name('ana')
    await conversation('Late', ana)
    const { a, wire } = await comeWithClock()
    wire.refuse(/Parley\/Start/, { status: 500, code: 20500, message: 'The database is away' })
    await enter(a, ana)
    const list = a.page.getByRole('navigation')
    await a.sees(list.getByText('Could not load conversations.'))
    await a.sees(list.getByText('The database is away'))
    await a.sees(list.getByText('20500'))
    await a.isFineToLookAt('list-failed', lightAlone)
    // The client would try by itself, in its time.
    await stopTime(a)
    wire.refuseNothing()
    await list.getByRole('button', { name: 'Retry' }).click()
    await a.seesNoMore(list.getByText('Could not load conversations.'))
    await a.seesNoMore(list.getByText('Loading conversations…'))
    // Rows are drawn in their time.
    await a.page.clock.resume()
    await a.sees(list.getByRole('link', { name: /Late/ }))
  })

  it('a thread could not be loaded, and loads when one tries again', async () => {
    const ana = name('ana')
    const sid = await conversation('Torn', ana, name('ben'))
    await post(sid, ana, 'is here')
    const { a, wire } = await comeByWire(ana)
    await a.sees(a.page.getByRole('link', { name: /Torn/ }))
    wire.refuse(/\/v3\/Lists\//, { status: 500, code: 20500, message: 'The database is away' })
    await a.page.getByRole('link', { name: /Torn/ }).click()
    const main = a.page.getByRole('main')
    await a.sees(main.getByText('Could not load the messages.'))
    await a.sees(main.getByText('The database is away'))
    await a.isFineToLookAt('thread-failed', lightAlone)
    wire.refuseNothing()
    await main.getByRole('button', { name: 'Retry' }).click()
    await a.sees(a.log.getByText('is here'))
  })

  it('by every key of its list', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sids: string[] = []
    for (const title of ['Third', 'Second', 'First']) sids.unshift(await conversation(title, ana, ben))
    const [first = '', second = '', third = ''] = sids
    // Activity orders the list.
    for (const sid of [third, second, first]) await post(sid, ana, 'mine')
    const a = await comeAs(ana)
    const { keyboard } = a.page
    // Long before any is opened: a browser takes a moment until it leaves that to the test.
    const choosers: FileChooser[] = []
    a.page.on('filechooser', (chooser) => choosers.push(chooser))
    const rows = a.page.getByRole('navigation').getByRole('link')
    const heading = (text: string) => a.page.getByRole('main').getByRole('heading', { name: text })
    const isListed = (...titles: string[]) =>
      expect
        .poll(() => rows.evaluateAll((all) => all.map(({ textContent }) => /First|Second|Third/.exec(textContent ?? '')?.[0])))
        .toEqual(titles)
    await isListed('First', 'Second', 'Third')

    await keyboard.press('Alt+ArrowDown')
    await a.sees(heading('First'))
    await keyboard.press('Alt+ArrowDown')
    await a.sees(heading('Second'))
    await keyboard.press('Alt+ArrowUp')
    await a.sees(heading('First'))
    // With Shift to the next that has something unread, past those that have nothing.
    for (let n = 0; n < 60; n++) await post(third, ben, `number ${n}`)
    await a.sees(rows.filter({ hasText: 'Third' }).getByText('60 unread messages'))
    await post(first, ben, 'now it is on top')
    await a.sees(a.log.getByText('now it is on top'))
    await isListed('First', 'Third', 'Second')
    await keyboard.press('Alt+Shift+ArrowDown')
    await a.sees(heading('Third'))
    await a.sees(a.log.getByText('60 new'))

    // Through the messages, which are one stop of the Tab key.
    const bubble = (text: string) => a.log.getByRole('article').filter({ has: a.page.getByText(text, { exact: true }) })
    const focusedNumber = () => a.page.evaluate(() => Number(/number (\d+)/.exec(document.activeElement?.textContent ?? '')?.[1]))
    await keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('button', { name: 'To the end' }))
    await a.restsScrolling(a.log)
    await bubble('number 59').focus()
    await keyboard.press('PageUp')
    await expect.poll(focusedNumber).toBeLessThan(55)
    const above = await focusedNumber()
    await keyboard.press('PageUp')
    await expect.poll(focusedNumber).toBeLessThan(above - 4)
    for (let pages = 0; pages < 2; pages++) {
      const before = await focusedNumber()
      await keyboard.press('PageDown')
      await expect.poll(focusedNumber).toBeGreaterThan(before + 4)
    }
    await bubble('number 59').focus()
    await keyboard.press('ArrowUp')
    await a.hasFocusOn(bubble('number 58'))
    await keyboard.press('ArrowDown')
    await a.hasFocusOn(bubble('number 59'))
    await keyboard.press('Home')
    await a.hasFocusOn(bubble('mine'))
    await keyboard.press('End')
    await a.hasFocusOn(bubble('number 59'))
    await keyboard.press('Home')
    await a.hasFocusOn(bubble('mine'))

    // Escape closes what is on top; then it goes to the end, which is read there.
    await a.page.getByRole('button', { name: 'People', exact: true }).click()
    const panel = a.page.getByRole('complementary', { name: 'People' })
    await a.sees(panel)
    await keyboard.press('?')
    await a.sees(a.page.getByRole('dialog', { name: 'Keyboard' }))
    await a.isFineToLookAt('keys')
    await keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('dialog'))
    await a.sees(panel)
    await keyboard.press('Escape')
    await a.seesNoMore(panel)
    await keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('button', { name: 'To the end' }))
    await a.seesNoMore(rows.filter({ hasText: 'Third' }).getByText('60 unread messages'))

    // In the field: a new line, sending, the last own message, files.
    await a.field.click()
    await keyboard.type('two')
    await keyboard.press('Shift+Enter')
    await keyboard.type('lines')
    await keyboard.press('Control+Enter')
    await a.sees(bubble('two\nlines').locator('[data-state=sent]'))
    await keyboard.press('ArrowUp')
    await a.sees(a.page.getByText('Editing your message'))
    await keyboard.press('Escape')
    await a.seesNoMore(a.page.getByText('Editing your message'))
    await keyboard.press('Control+u')
    await expect.poll(() => choosers.map((chooser) => chooser.isMultiple()), { timeout: 20_000 }).toEqual([true])

    // Of a message: what can be done with it, and away with it.
    await bubble('two\nlines').focus()
    await keyboard.press('.')
    await a.sees(a.page.getByRole('menuitem', { name: 'Copy link' }))
    await keyboard.press('Escape')
    // The menu gives the focus back when it is gone.
    await a.hasFocusOn(bubble('two\nlines').getByRole('button', { name: 'More actions' }))
    await bubble('two\nlines').focus()
    await a.hasFocusOn(bubble('two\nlines'))
    await keyboard.press('Delete')
    await a.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await a.seesNoMore(bubble('two\nlines'))
    // Keys are for the dialog as long as it is there.
    await a.seesNoMore(a.page.getByRole('dialog'))
    await keyboard.press('Control+k')
    await a.hasFocusOn(a.page.getByRole('searchbox'))
  })
})
