import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { chatStage } from '../support/chat.ts'
import { ask } from '../support/rest.ts'
import { lightAlone } from '../support/visitor.ts'

/** A green square of ten pixels. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
)
const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }

// A busy machine draws slowly.
describe('the quickstart chat', { timeout: 180_000 }, () => {
  const stage = chatStage()
  const { name, come, comeAs, conversation, post, bodies } = stage

  it('lets two people talk: typing, reactions, read marks, edits, deletion', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const a = await comeAs(ana)
    const begin = a.page.getByRole('main').getByRole('button', { name: 'New conversation' })
    await a.sees(begin)
    await a.isFineToLookAt('first-run')
    await begin.click()
    await a.page.getByLabel('Name').fill('Launch party')
    await a.page.getByLabel('People').fill(ben)
    await a.isFineToLookAt('new-conversation', lightAlone)
    await a.page.getByRole('button', { name: 'Create' }).click()
    // Behind the dialog the conversation is there already, but keys are for the dialog until everybody is in it.
    await a.seesNoMore(a.page.getByRole('dialog'))
    await a.write('Hello <b>Ben</b>, see https://example.org/a. Or mail me@example.org')
    await a.sees(a.log.locator('[data-state=sent]'))

    const b = await comeAs(ben)
    await b.sees(b.page.getByText('1 unread message'))
    await b.page.getByRole('link', { name: /Launch party/ }).click()
    // Text is text, whatever it looks like; addresses are links.
    await b.sees(b.log.getByText('<b>Ben</b>'))
    expect(
      await b.log.getByRole('link').evaluateAll((links) => links.map((link) => [link.getAttribute('href'), link.getAttribute('rel')])),
    ).toEqual([
      ['https://example.org/a', 'noopener noreferrer nofollow'],
      ['mailto:me@example.org', 'noopener noreferrer nofollow'],
    ])
    await b.sees(b.log.getByText('1 new'))
    await a.sees(a.log.locator('[data-state=read]'))

    await b.field.pressSequentially('Hi')
    await a.sees(a.page.getByRole('main').getByText(`${ben} is typing…`))
    await b.field.press('Enter')
    await a.sees(a.log.getByText('Hi', { exact: true }))
    // Who answers has read.
    await b.seesNoMore(b.log.getByText('1 new'))
    await a.seesNoMore(a.page.getByRole('main').getByText(`${ben} is typing…`))
    await b.field.pressSequentially('And')
    await a.sees(a.page.getByRole('main').getByText(`${ben} is typing…`))

    await a.log.getByText('Hi', { exact: true }).hover()
    await a.page.getByRole('button', { name: 'React' }).click()
    await a.page.getByRole('menuitem', { name: 'React with 🎉' }).click()
    await b.sees(b.log.getByRole('button', { name: `🎉 ${ana}` }))
    await b.log.getByRole('button', { name: `🎉 ${ana}` }).click()
    await a.sees(a.log.getByRole('button', { name: `🎉 ${ana}, ${ben}` }))
    await a.isFineToLookAt('talk')

    await b.field.fill('')
    await b.field.press('ArrowUp')
    await b.sees(b.page.getByText('Editing your message'))
    await b.isFineToLookAt('editing', lightAlone)
    await b.write('Hi there')
    await a.sees(a.log.getByText('Hi there'))
    await a.sees(a.log.getByText('edited'))

    const more = async () => {
      await b.log.getByText('Hi there').hover()
      await b.page.getByRole('button', { name: 'More actions' }).click()
    }
    await more()
    await b.page.getByRole('menuitem', { name: 'Details' }).click()
    await b.sees(b.page.getByRole('dialog').getByText(`${ana} has read it`))
    await b.isFineToLookAt('details', lightAlone)
    await b.page.keyboard.press('Escape')
    await b.seesNoMore(b.page.getByRole('dialog'))
    await more()
    await b.sees(b.page.getByRole('menuitem', { name: 'Delete' }))
    await b.isFineToLookAt('message-menu')
    await b.page.getByRole('menuitem', { name: 'Delete' }).click()
    await b.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await a.seesNoMore(a.log.getByText('Hi there'))
  })

  it('shows who takes part, and adds people, phones and WhatsApp', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const a = await comeAs(ana)
    await a.page.getByRole('main').getByRole('button', { name: 'New conversation' }).click()
    await a.page.getByRole('button', { name: 'Create' }).click()
    await a.page.getByRole('button', { name: 'People', exact: true }).click()
    const panel = a.page.getByRole('complementary', { name: 'People' })
    const add = async (who: string, channel?: string) => {
      await panel.getByRole('button', { name: 'Add somebody' }).first().click()
      const dialog = a.page.getByRole('dialog')
      await dialog.getByLabel('Identity, phone number or mail address').fill(who)
      if (channel) {
        await dialog.getByLabel('Channel').selectOption(channel)
        await a.sees(dialog.getByText('Country: United States or Canada'))
        await dialog.getByLabel('Your number').fill('+15550100')
      }
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    }
    await add(ben)
    await a.sees(panel.getByText(ben))
    await add('+1 555 0111', 'sms')
    await a.sees(panel.getByText('+15550111'))
    await add('+15550112', 'whatsapp')
    await a.sees(panel.getByText('WhatsApp'))
    // An identity may look like a mail address: then one says which is meant.
    const mailbox = async (who: string, ...answers: [label: string, text: string][]) => {
      await panel.getByRole('button', { name: 'Add somebody' }).first().click()
      const dialog = a.page.getByRole('dialog')
      await dialog.getByLabel('Identity, phone number or mail address').fill(who)
      await a.sees(dialog.getByLabel('Channel'))
      for (const [label, text] of answers) await dialog.getByLabel(label).fill(text)
      if (answers.length === 0) await dialog.getByLabel('Channel').selectOption('chat')
      else await a.isFineToLookAt('add-mailbox', { ...lightAlone, within: 'dialog' })
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    }
    await mailbox('carol@example.org', ['Their name', 'Carol C.'], ['Your mail address', 'help@example.net'])
    await a.sees(panel.getByRole('listitem').filter({ hasText: 'Carol C.' }).getByText('Mail'))
    await mailbox('dora@example.org')
    await a.sees(panel.getByRole('listitem').filter({ hasText: 'dora@example.org' }).getByText('Chat'))
    const [conversationSid = ''] = /CH\w+/.exec(a.page.url()) ?? []
    const people = await stage.parley.conversations.conversations(conversationSid).participants.list()
    expect(people.map(({ messagingBinding }) => messagingBinding)).toContainEqual(
      expect.objectContaining({ type: 'email', address: 'carol@example.org', proxy_address: 'help@example.net' }),
    )
    // A refusal is told where it belongs, with its number.
    await add(ben)
    await a.sees(a.page.getByRole('dialog').getByText(/\(50433\)|\(50404\)/))
    await a.isFineToLookAt('add-person-refused', lightAlone)
    await a.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await a.isFineToLookAt('people')
    // It is called after those who are in it, and the list shows how they are reached.
    await a.sees(a.page.getByRole('heading', { name: new RegExp(ben) }))
    await a.sees(a.page.getByRole('navigation').getByTitle('SMS: gets texts on a phone, and answers by text'))
    await a.field.fill('x'.repeat(161))
    await a.sees(a.page.getByText('2 texts'))
  })

  it('mutes, searches and leaves', async () => {
    const ana = name('ana')
    const [red, blue] = [await conversation('Red', ana), await conversation('Blue', ana, 'zoe')]
    await post(red, 'zoe', 'hello')
    const a = await comeAs(ana)
    const rows = a.page.getByRole('navigation').getByRole('link')
    await a.sees(rows.filter({ hasText: 'zoe: hello' }))
    await expect.poll(() => rows.allTextContents()).toEqual([expect.stringContaining('Red'), expect.stringContaining('Blue')])
    await post(blue, 'zoe', 'later')
    await a.sees(rows.first().filter({ hasText: 'Blue' }))

    const choose = async (item: string) => {
      await a.page.getByRole('button', { name: 'More: Red' }).click()
      await a.page.getByRole('menuitem', { name: item }).click()
    }
    await choose('Mute')
    await a.sees(rows.filter({ hasText: 'Red' }).getByText('Muted'))
    // The menu gives the focus back when it is gone.
    await a.hasFocusOn(a.page.getByRole('button', { name: 'More: Red' }))
    await a.page.getByRole('searchbox').fill('zoe')
    await a.seesNoMore(rows.filter({ hasText: 'Red' }))
    await a.page.getByRole('searchbox').fill('nobody')
    await a.sees(a.page.getByText('Nothing found'))
    await a.page.getByRole('button', { name: 'Clear' }).click()
    await choose('Leave')
    await a.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await a.seesNoMore(rows.filter({ hasText: 'Red' }))
    await a.sees(rows.filter({ hasText: 'Blue' }))

    // Who is taken out while looking is told.
    await rows.filter({ hasText: 'Blue' }).click()
    await a.sees(a.log.getByText('later'))
    await stage.parley.conversations.conversations(blue).participants(ana).remove()
    await a.sees(a.page.getByText('You are no longer in this conversation.'))
    await a.sees(a.log.getByText('later'))
    await a.isFineToLookAt('removed', lightAlone)
  })

  it('takes files that are dropped on it, and shows pictures', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Pictures', ana, ben)
    const a = await comeAs(ana, `/c/${sid}`)
    const b = await comeAs(ben, `/c/${sid}`)
    await a.sees(a.field)
    const dropped = await a.page.evaluateHandle((bytes) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], 'green.png', { type: 'image/png' }))
      transfer.items.add(new File(['<script>alert(1)</script>'], 'page.html', { type: 'text/html' }))
      return transfer
    }, picture.toString('base64'))
    await a.page.dispatchEvent('main', 'dragenter', { dataTransfer: dropped })
    await a.sees(a.page.getByText('Drop to attach'))
    await a.page.dispatchEvent('main', 'drop', { dataTransfer: dropped })
    await a.seesNoMore(a.page.getByText('Drop to attach'))
    await a.sees(a.page.getByRole('button', { name: 'Remove page.html' }))
    await a.page.getByLabel('Description of green.png').fill('A green square')
    await a.isFineToLookAt('attached', lightAlone)
    // Its box has the shape of the picture before that has come.
    let letThrough = () => {}
    const held = new Promise<void>((resolve) => {
      letThrough = resolve
    })
    await b.page.route('**/media/**', async (route) => {
      await held
      await route.continue()
    })
    await a.write('Look')

    const opener = b.log.getByRole('button', { name: 'Open A green square' })
    await b.sees(opener)
    const reserved = await opener.boundingBox()
    expect(reserved).toMatchObject({ width: 96, height: 96 })
    letThrough()
    const shown = b.log.getByRole('img', { name: 'A green square' })
    await b.sees(shown)
    await expect.poll(() => shown.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBe(10)
    await b.sees(b.log.getByRole('button', { name: /page.html/ }))
    expect(await opener.boundingBox()).toEqual(reserved)
    await opener.click()
    const viewed = b.page.getByRole('dialog', { name: 'green.png' }).getByRole('img', { name: 'A green square' })
    await b.sees(viewed)
    await b.isFineToLookAt('viewer')
    // As large as it fits, which is ten pixels, and larger: by keys, buttons and a double click.
    const isWide = (pixels: number) => expect.poll(async () => (await viewed.boundingBox())?.width).toBe(pixels)
    await isWide(10)
    for (const pixels of [15, 20]) {
      await b.page.keyboard.press('+')
      await isWide(pixels)
    }
    await b.page.getByRole('button', { name: 'Larger' }).click()
    await isWide(30)
    await b.isFineToLookAt('viewer-larger', lightAlone)
    await b.page.getByRole('button', { name: 'Smaller' }).click()
    await isWide(20)
    await viewed.dblclick()
    await isWide(10)
    await viewed.dblclick()
    await isWide(20)
    await b.page.keyboard.press('0')
    await isWide(10)
    await b.page.keyboard.press('Escape')
    await b.seesNoMore(b.page.getByRole('dialog'))
    await expect.poll(() => opener.evaluate((button) => button === document.activeElement)).toBe(true)
    await b.isFineToLookAt('picture', lightAlone)
  })

  it('refuses too many files before it sends any', async () => {
    const ana = name('ana')
    const sid = await conversation('Files', ana)
    const a = await comeAs(ana, `/c/${sid}`)
    await a.sees(a.field)
    const files = Array.from({ length: 11 }, (_, n) => ({ name: `${n}.txt`, mimeType: 'text/plain', buffer: Buffer.from('a') }))
    await a.page.locator('input[type=file]').setInputFiles(files)
    await a.sees(a.page.getByText('A message takes 10 files at most.'))
    await a.isFineToLookAt('files-refused', lightAlone)
  })

  it('comes back after the server was away, and sends what was written meanwhile once and in order', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Away', ana, ben)
    const a = await comeAs(ana, `/c/${sid}`)
    await a.write('before')
    await a.sees(a.log.locator('[data-state=sent]'))
    const restarted = stage.parley.restart()
    await a.write('one')
    await a.write('two')
    await a.sees(a.log.getByText('two'))
    await restarted
    await a.isConnected()
    await expect.poll(() => bodies(sid), { timeout: 30_000 }).toEqual(['before', 'one', 'two'])
    await post(sid, ben, 'welcome back')
    await a.sees(a.log.getByText('welcome back'))
    await expect.poll(() => a.log.getByRole('article').count()).toBe(4)
  })

  it('says that it is offline, and keeps what is written through a reload', async () => {
    const ana = name('ana')
    const sid = await conversation('Tunnel', ana)
    const a = await comeAs(ana, `/c/${sid}`)
    await a.sees(a.field)
    await a.page.context().setOffline(true)
    await a.isConnected('offline')
    await a.write('from the tunnel')
    await a.sees(a.log.locator('[data-state=sending], [data-state=waiting]'))
    await a.isFineToLookAt('offline', lightAlone)
    await a.page.context().setOffline(false)
    await a.page.reload()
    await expect.poll(() => bodies(sid), { timeout: 30_000 }).toEqual(['from the tunnel'])
    await a.sees(a.log.locator('[data-state=sent]'))
    await expect.poll(() => a.log.getByRole('article').count()).toBe(1)

    // Whoever signs out leaves nothing behind, and is told of what would have been sent.
    await a.page.context().setOffline(true)
    await a.isConnected('offline')
    await a.write('never sent')
    await a.sees(a.log.locator('[data-state=sending], [data-state=waiting]'))
    await a.page.getByRole('button', { name: 'Settings' }).click()
    const leave = (dialog: string) => a.page.getByRole('dialog', { name: dialog }).last().getByRole('button', { name: 'Sign out' }).click()
    await leave('Settings')
    await a.sees(a.page.getByText('1 message is not sent yet, and will be lost.'))
    await a.page.getByRole('dialog', { name: 'Sign out now?' }).getByRole('button', { name: 'Cancel' }).click()
    await a.sees(a.log.getByText('never sent'))
    await leave('Settings')
    await leave('Sign out now?')
    await a.sees(a.page.getByLabel('Your identity'))
    await a.page.context().setOffline(false)
    await a.page.goto(`${stage.parley.url}/c/${sid}?as=${ana}`)
    await a.isConnected()
    await a.write('later')
    await expect.poll(() => bodies(sid), { timeout: 30_000 }).toEqual(['from the tunnel', 'later'])
  })

  it('tells why a message was refused, and sends it again', async () => {
    const ana = name('ana')
    const sid = await conversation('Strict', ana)
    const { roles } = stage.parley.conversations
    const [channelUser] = (await roles.list()).filter(({ friendlyName }) => friendlyName === 'channel user')
    const a = await comeAs(ana, `/c/${sid}`)
    await a.sees(a.field)
    const permission = channelUser?.permissions ?? []
    await roles(channelUser?.sid ?? '').update({ permission: permission.filter((one) => one !== 'sendMessage') })
    await a.write('Let me')
    await a.sees(a.page.getByRole('alert').getByText('Not sent'))
    await a.isFineToLookAt('not-sent')
    // It can be written anew, and is no second one.
    await a.page.getByRole('alert').getByRole('button', { name: 'Edit' }).click()
    await expect.poll(() => a.field.inputValue()).toBe('Let me')
    await a.field.press('Enter')
    await a.sees(a.page.getByRole('alert').getByText('Not sent'))
    await roles(channelUser?.sid ?? '').update({ permission })
    await a.page.getByRole('alert').getByRole('button', { name: 'Retry' }).click()
    await a.sees(a.log.locator('[data-state=sent]'))
    expect(await bodies(sid)).toEqual(['Let me'])
  })

  it('explains a token before it is used, says that it has ended, and goes on with another', async () => {
    const ana = name('ana')
    const sid = await conversation('Token', ana)
    const a = await come('/')
    await a.sees(a.page.getByLabel('Your identity'))
    await a.isFineToLookAt('sign-in')
    await a.page.getByText('Use a token').click()
    const field = a.page.getByLabel('Access token')
    await field.fill('nonsense')
    await a.sees(a.page.getByText('This is not a JWT'))
    await a.isFineToLookAt('token-problem', lightAlone)
    await field.fill(stage.parley.token(ana, { ttl: 3_600 }))
    await a.sees(a.page.getByText(`For ${ana}`))
    await a.page.getByRole('button', { name: 'Connect' }).click()
    await a.isConnected()
    await a.page.getByRole('link', { name: /Token/ }).click()

    await stage.parley.clock.advance(3_601_000)
    await a.isConnected('denied')
    await a.sees(a.page.getByText(/The server refuses the token: .*expired/i))
    await a.isFineToLookAt('denied')
    await a.page.getByRole('button', { name: 'Use another token' }).click()
    await a.page.getByLabel('Access token').fill(stage.parley.token(name('mallory'), { ttl: 14_400 }))
    await a.sees(a.page.getByText('Sign out to change'))
    await a.page.getByLabel('Access token').fill(stage.parley.token(ana, { ttl: 14_400 }))
    await a.page.getByRole('dialog').getByRole('button', { name: 'Connect' }).click()
    await a.isConnected()
    await a.write('still here')
    await expect.poll(() => bodies(sid)).toEqual(['still here'])
  })

  it('gets the next token silently', async () => {
    const ana = name('ana')
    const sid = await conversation('Silent', ana)
    const a = await come('/')
    const ahead = () => Math.ceil((stage.parley.clock.now() - Date.now()) / 1_000)
    let given = 0
    // As the server's own, but for an hour instead of a day.
    await a.page.route(/\/token\?/, async (route) => {
      given += 1
      await route.fulfill({ json: { token: stage.parley.token(ana, { ttl: ahead() + 3_600 }), identity: ana } })
    })
    await a.page.getByLabel('Your identity').fill(ana)
    await a.page.getByRole('button', { name: 'Enter' }).click()
    await a.page.getByRole('link', { name: /Silent/ }).click()
    await a.sees(a.field)
    expect(given).toBe(1)
    const ends = async () => (await ask(stage.parley, `/v1/Connections?Identity=${ana}`)).json.connections[0]?.date_token_expires
    const before = await ends()
    await stage.parley.clock.advance(3_480_000)
    // The server has it, before the first one ends.
    await expect.poll(async () => Date.parse(await ends()), { timeout: 30_000 }).toBeGreaterThan(Date.parse(before))
    await stage.parley.clock.advance(600_000)
    await a.write('an hour later')
    await expect.poll(() => bodies(sid), { timeout: 30_000 }).toEqual(['an hour later'])
    expect(given).toBe(2)
  })

  it('fits a phone: one pane at a time, with the back button', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Pocket', ana, ben)
    await post(sid, ben, 'A long line that has to be broken somewhere, with averylongwordthatdoesnotendandgoesonandonandonandon')
    const a = await comeAs(ana, '/', phone)
    const list = a.page.getByRole('navigation')
    await a.sees(list.getByText('Pocket'))
    await a.isFineToLookAt('list', { checked: [] })
    await list.getByRole('link', { name: /Pocket/ }).tap()
    await a.sees(a.log.getByText('A long line'))
    await a.seesNoMore(list)
    // There Enter is for a new line.
    await a.field.fill('Short')
    await a.page.getByRole('button', { name: 'Send' }).tap()
    await a.sees(a.log.locator('[data-state=sent]'))
    await a.isFineToLookAt('thread', lightAlone)
    const wide = await a.page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide).toBe(390)
    await a.page.getByRole('button', { name: 'People', exact: true }).tap()
    await a.sees(a.page.getByRole('complementary').getByText(ben))
    await a.isFineToLookAt('people', { checked: [] })
    await a.page.goBack()
    await a.seesNoMore(a.page.getByRole('complementary'))
    await a.sees(a.log)
    await a.page.getByRole('button', { name: 'Back to the list' }).tap()
    await a.sees(list.getByText('Pocket'))
  })

  it('needs nothing but a keyboard', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Keys', ana, ben)
    await post(sid, ben, 'first')
    await post(sid, ben, 'second')
    const a = await come('/')
    const { keyboard } = a.page
    const focused = () => a.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName ?? '')
    const tabUntil = async (label: RegExp, key = 'Tab') => {
      for (let presses = 0; presses < 40 && !label.test(await focused()); presses++) await keyboard.press(key)
      expect(await focused()).toMatch(label)
    }
    await a.sees(a.page.getByLabel('Your identity'))
    await keyboard.press('Tab')
    await keyboard.type(ana)
    await keyboard.press('Enter')
    await a.isConnected()
    await a.sees(a.page.getByRole('navigation').getByText('Keys'))
    await keyboard.press('Alt+ArrowDown')
    await a.sees(a.log.getByText('second'))
    await tabUntil(/^Message$/)
    await keyboard.type('third')
    await keyboard.press('Enter')
    await a.sees(a.log.locator('[data-state=sent]'))
    // From the messages, which are one stop, the arrows walk, and Tab reaches what can be done.
    await tabUntil(/^You, /, 'Shift+Tab')
    await keyboard.press('ArrowUp')
    await expect.poll(focused).toMatch(new RegExp(`^${ben}, `))
    await keyboard.press('Home')
    await a.hasFocusOn(a.log.getByRole('article').filter({ hasText: 'first' }))
    await tabUntil(/^React$/)
    await keyboard.press('Enter')
    await a.hasFocusOn(a.page.getByRole('menuitem', { name: 'React with 👍' }))
    await keyboard.press('Enter')
    await a.sees(a.log.getByRole('button', { name: `👍 ${ana}` }))
    // The menu gives the focus back when it is gone.
    await a.seesNoMore(a.page.getByRole('menu'))
    await expect.poll(focused).toBe('React')
    await keyboard.press('Control+k')
    await keyboard.type('key')
    await a.sees(a.page.locator('mark').getByText('Key'))
    await tabUntil(/^Settings$/, 'Shift+Tab')
    await keyboard.press('Enter')
    await a.sees(a.page.getByRole('dialog', { name: 'Settings' }))
    await a.isFineToLookAt('settings')
    await keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('dialog'))
    await expect.poll(focused).toBe('Settings')
  })

  it('shows what is empty, closed, or not there', async () => {
    const ana = name('ana')
    const sid = await conversation('Quiet', ana)
    const a = await comeAs(ana, `/c/${sid}`)
    await a.sees(a.page.getByText('Nothing here yet'))
    await a.isFineToLookAt('empty-thread', lightAlone)
    await stage.parley.conversations.conversations(sid).update({ state: 'closed' })
    await a.sees(a.page.getByText('This conversation is closed.'))
    await a.isFineToLookAt('closed', lightAlone)
    const stranger = await comeAs(name('eve'), `/c/${sid}`)
    await stranger.sees(stranger.page.getByText('Could not load this conversation.'))
    await stranger.isFineToLookAt('no-thread', lightAlone)
  })
})
