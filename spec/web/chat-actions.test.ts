import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { chatStage } from '../support/chat.ts'
import { ask } from '../support/rest.ts'
import { lightAlone } from '../support/visitor.ts'

const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }

// A busy machine draws slowly.
describe('what can be done in the quickstart chat', { timeout: 120_000 }, () => {
  const stage = chatStage()
  const { name, come, comeAs, conversation, post, bodies } = stage
  const conversations = () => stage.parley.conversations.conversations

  it('choosing who one is, joining, renaming, muting for a while, signing out', async () => {
    const a = await come('/')
    await a.page.getByRole('button', { name: 'carol' }).click()
    await a.isConnected()
    const { sid } = await conversations().create({ friendlyName: 'Lobby' })

    const join = async (what: string) => {
      await a.page.getByRole('button', { name: 'Join a conversation' }).click()
      await a.page.getByLabel('SID or unique name').fill(what)
      await a.page.getByRole('dialog').getByRole('button', { name: 'Join' }).click()
    }
    await join('nowhere')
    await a.sees(a.page.getByRole('dialog').getByText(/\(\d+\)/))
    await a.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await join(sid)
    await a.sees(a.page.getByRole('heading', { name: 'Lobby' }))
    const { participants } = conversations()(sid)
    const [carol] = await participants.list()
    expect(carol?.identity).toBe('carol')
    const admin = (await stage.parley.conversations.roles.list()).find(({ friendlyName }) => friendlyName === 'channel admin')
    await participants(carol?.sid ?? '').update({ roleSid: admin?.sid ?? '' })

    // The same menu is in the list and over the thread.
    await a.page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click()
    await a.page.getByRole('menuitem', { name: 'Rename…' }).click()
    await a.page.getByRole('dialog').getByLabel('Name').fill('Reading room')
    await a.page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await a.sees(a.page.getByRole('heading', { name: 'Reading room' }))
    expect((await conversations()(sid).fetch()).friendlyName).toBe('Reading room')
    const row = a.page.getByRole('navigation').getByRole('link', { name: /Reading room/ })
    for (const item of ['Mute', 'Unmute']) {
      await a.page.getByRole('button', { name: 'More: Reading room' }).click()
      await a.page.getByRole('menuitem', { name: item, exact: true }).click()
      await (item === 'Mute' ? a.sees : a.seesNoMore).call(a, row.getByText('Muted'))
    }

    await a.page.getByRole('button', { name: 'Settings' }).click()
    await a.page.getByRole('button', { name: 'Sign out' }).click()
    await a.sees(a.page.getByLabel('Your identity'))
    await a.sees(a.page.getByRole('heading', { name: 'Recently' }))
    // Who has signed out stays out.
    await a.page.reload()
    await a.sees(a.page.getByLabel('Your identity'))
  })

  it('seeing who is there, and how far they have read', async () => {
    const { services } = stage.parley.conversations
    const service = services(stage.parley.credentials.service_sid).configuration()
    await service.update({ reachabilityEnabled: true })
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Presence', ana, ben)
    await post(sid, ana, 'one')
    const a = await comeAs(ana, `/c/${sid}/people`)
    const about = a.page.getByRole('complementary').getByRole('listitem').filter({ hasText: ben })
    await a.sees(about.getByText('offline'))
    await a.sees(about.getByText('1 unread'))
    // What they are there is said, and follows.
    await a.sees(about.getByText('channel user'))
    const moderator = await services(stage.parley.credentials.service_sid).roles.create({
      friendlyName: 'moderator',
      type: 'conversation',
      permission: ['sendMessage', 'deleteAnyMessage'],
    })
    await conversations()(sid).participants(ben).update({ roleSid: moderator.sid })
    await a.sees(about.getByText('moderator'))
    const b = await comeAs(ben)
    await a.sees(about.getByText('online'))
    await b.page.getByRole('link', { name: /Presence/ }).click()
    await a.sees(about.getByText('has read everything'))
    await b.leave()
    await a.sees(about.getByText('offline'))
    await service.update({ reachabilityEnabled: false })
  })

  it('following a message to a phone: sent, delivered, read, or failed', async () => {
    const ana = name('ana')
    const sid = await conversation('By text', ana)
    const { sid: phoneSid } = await conversations()(sid).participants.create({
      'messagingBinding.address': '+15550123',
      'messagingBinding.proxyAddress': '+15550124',
    })
    const a = await comeAs(ana, `/c/${sid}`)
    // By which channel they take part stands over the thread, beside them, and beside what they write.
    await a.sees(a.page.getByRole('main').getByTitle('SMS: gets texts on a phone, and answers by text'))
    await a.write('Can you hear me?')
    await a.sees(a.log.locator('[data-state=sent]'))
    const [message] = await conversations()(sid).messages.list()
    const report = (Status: string) =>
      ask(stage.parley, `/v1/Conversations/${sid}/Messages/${message?.sid}/Receipts`, {
        form: { ParticipantSid: phoneSid, ChannelMessageSid: `SM${'a'.repeat(32)}`, Status },
      })
    await report('delivered')
    await a.sees(a.log.locator('[data-state=delivered]'))
    await report('read')
    await a.sees(a.log.locator('[data-state=read]'))
    // The tick says with whom.
    await a.log.getByRole('button', { name: 'Delivery: read' }).click()
    await a.sees(a.page.getByRole('dialog').getByText(/SMS · read · \d\d:\d\d/))
    await a.isFineToLookAt('delivery', lightAlone)
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('dialog'))

    await a.write('And now?')
    await a.sees(a.log.locator('[data-state=sent]'))
    const last = (await conversations()(sid).messages.list({ order: 'desc', limit: 1 }))[0]
    await ask(stage.parley, `/v1/Conversations/${sid}/Messages/${last?.sid}/Receipts`, {
      form: { ParticipantSid: phoneSid, ChannelMessageSid: `SM${'b'.repeat(32)}`, Status: 'undelivered', ErrorCode: '30003' },
    })
    await a.log.getByRole('button', { name: 'Delivery: not delivered' }).click()
    await a.sees(a.page.getByRole('dialog').getByText(/SMS · not delivered · \d\d:\d\d · 30003 Unreachable handset/))
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('dialog'))

    await conversations()(sid).messages.create({ author: '+15550123', body: 'Loud and clear' })
    const heard = a.log.getByRole('article').filter({ hasText: 'Loud and clear' })
    await a.sees(heard.getByTitle('SMS: gets texts on a phone, and answers by text'))
    // What does not reach a phone is said before it is done.
    await a.restsScrolling(a.log)
    await a.log.getByText('And now?').hover()
    await a.page.getByRole('button', { name: 'More actions' }).click()
    await a.sees(a.page.getByRole('menuitem', { name: 'Edit' }).getByText('Does not reach people on SMS'))
    await a.isFineToLookAt('channels')
  })

  it('attaching by paste and by picker, with a look at how the upload gets on, and stopping it', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Uploads', ana, ben)
    const a = await comeAs(ana, `/c/${sid}`)
    await a.sees(a.field)
    await a.field.evaluate((field) => {
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File(['pasted'], 'pasted.txt', { type: 'text/plain' }))
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await a.sees(a.page.getByRole('button', { name: 'Remove pasted.txt' }))
    const choosing = a.page.waitForEvent('filechooser')
    await a.page.getByRole('button', { name: 'Attach files' }).click()
    await (await choosing).setFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(3_000_000) })
    await a.sees(a.page.getByRole('button', { name: 'Remove large.bin' }))

    // As slow as a bad network.
    const network = await a.page.context().newCDPSession(a.page)
    const throttle = (uploadThroughput: number) =>
      network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
    await throttle(60_000)
    await a.write('Two files')
    const progress = a.log.getByRole('progressbar')
    await a.sees(progress)
    await expect.poll(() => progress.getAttribute('value').then(Number), { timeout: 30_000 }).toBeGreaterThan(0)
    await a.isFineToLookAt('uploading', lightAlone)
    await a.log.getByRole('button', { name: 'Stop' }).click()
    await a.seesNoMore(a.log.getByText('Two files'))
    await throttle(-1)
    await a.page.locator('input[type=file]').setInputFiles({ name: 'small.txt', mimeType: 'text/plain', buffer: Buffer.from('small') })
    await a.write('One file')
    await a.sees(a.log.getByRole('button', { name: /small.txt/ }))
    expect(await bodies(sid)).toEqual(['One file'])

    // One that breaks off takes the others with it to the next try; what has arrived is not sent there again.
    const uploads: string[] = []
    await a.page.route(/\/Media\?/, async (route) => {
      const file = new URL(route.request().url()).searchParams.get('Filename') ?? ''
      uploads.push(file)
      await (file === 'second.txt' && uploads.length === 2 ? route.abort() : route.continue())
    })
    await a.page
      .locator('input[type=file]')
      .setInputFiles(
        ['first.txt', 'second.txt', 'third.txt'].map((one) => ({ name: one, mimeType: 'text/plain', buffer: Buffer.from(one) })),
      )
    await a.write('Three files')
    await a.page.getByRole('alert').getByRole('button', { name: 'Retry' }).click()
    for (const file of ['first.txt', 'second.txt', 'third.txt']) await a.sees(a.log.getByRole('button', { name: file }))
    expect(uploads).toEqual(['first.txt', 'second.txt', 'second.txt', 'third.txt'])
    expect(await bodies(sid)).toEqual(['One file', 'Three files'])
  })

  it('choosing colours, the clock, and how wide the list is; all of it stays', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Tastes', ana, ben)
    const dateCreated = new Date('2026-01-02T14:02:00')
    await conversations()(sid).messages.create({ author: ben, body: 'at two', dateCreated })
    const a = await comeAs(ana, `/c/${sid}`, { locale: 'de-DE' })
    await a.sees(a.log.getByText('14:02'))
    // Days are written as the browser's language has them, until another one is chosen.
    await a.sees(a.log.getByText('2. Januar'))
    await a.page.getByRole('button', { name: 'Settings' }).click()
    const language = a.page.getByLabel('Language')
    await a.sees(language)
    expect(await language.getByRole('option').allTextContents()).toEqual(['As the browser has it', 'English'])
    await language.selectOption('English')
    await a.sees(a.log.getByText('January 2'))
    await a.page.getByRole('button', { name: 'Settings' }).click()
    await a.page.getByLabel('Colours').selectOption('dark')
    await a.page.getByLabel('Time of day').selectOption('12')
    await a.page.keyboard.press('Escape')
    await a.sees(a.log.getByText(/2:02\spm/i))

    const edge = a.page.getByRole('separator', { name: 'Width of the list' })
    const width = async () => (await a.page.getByRole('navigation').boundingBox())?.width
    await expect.poll(width).toBe(320)
    const box = (await edge.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    await a.page.mouse.move(box.x + box.width / 2, 300)
    await a.page.mouse.down()
    await a.page.mouse.move(400, 300)
    await a.page.mouse.up()
    await expect.poll(width).toBe(400)
    await edge.focus()
    await a.page.keyboard.press('ArrowLeft')
    await expect.poll(width).toBe(384)
    await a.page.keyboard.press('Home')
    await expect.poll(width).toBe(240)
    await a.isFineToLookAt('narrow-list', lightAlone)

    await a.page.reload()
    await a.isConnected()
    expect(await width()).toBe(240)
    expect(await a.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark')
    await a.sees(a.log.getByText(/2:02\spm/i))
  })

  it('seeing who comes and goes, and on which day one reads', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Comings', ana)
    for (let at = 0; at < 40; at++)
      await conversations()(sid).messages.create({
        author: ana,
        body: `Message ${at}`,
        dateCreated: new Date(Date.UTC(2026, 0, at < 20 ? 5 : 6, 12, at)),
      })
    const a = await comeAs(ana, `/c/${sid}`)
    const top = a.page.locator('[data-day-on-top]')
    await a.sees(top.getByText('Tuesday 6 January'))
    await a.log.hover()
    await expect
      .poll(async () => {
        await a.page.mouse.wheel(0, -400)
        return top.textContent({ timeout: 500 }).catch(() => '')
      })
      .toContain('Monday 5 January')
    await a.restsScrolling(a.log)
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('button', { name: 'To the end' }))

    const people = conversations()(sid).participants
    await people.create({ identity: ben })
    await a.sees(a.log.getByText(`${ben} joined`))
    await post(sid, ben, 'Hello')
    await people(ben).remove()
    await a.sees(a.log.getByText(`${ben} left`))
    await conversations()(sid).update({ friendlyName: 'Goings' })
    await a.sees(a.log.getByText('The conversation is now called Goings'))
    const told = await a.log.textContent()
    expect(told).toMatch(new RegExp(`${ben} joined[^]*Hello[^]*${ben} left[^]*now called Goings`))
    // Whoever is at the end stays there.
    await a.seesNoMore(a.page.getByRole('button', { name: 'To the end' }))
    // Many of them are folded.
    for (const friendlyName of ['One', 'Two']) await conversations()(sid).update({ friendlyName })
    await a.log.getByText('4 changes').click()
    await a.sees(a.log.getByText('The conversation is now called Two'))
    await a.isFineToLookAt('notices', lightAlone)
  })

  it('being told of messages while the page is hidden, when one has asked for it', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Elsewhere', ana, ben)
    const a = await come('/', { permissions: ['notifications'] })
    // Stands for the system, which shows what it is given.
    await a.page.addInitScript(() => {
      const shown: unknown[] = []
      class Shown {
        static permission = 'granted'
        static requestPermission = async () => 'granted'
        onclick: (() => void) | null = null
        constructor(title: string, { body }: { body: string }) {
          shown.push([title, body])
          Object.assign(globalThis, { lastShown: this })
        }
        close() {}
      }
      Object.assign(globalThis, { Notification: Shown, shown })
    })
    await a.page.goto(`${stage.parley.url}/?as=${ana}`)
    await a.isConnected()
    const shown = () => a.page.evaluate(() => (globalThis as unknown as { shown: unknown[] }).shown)
    const icon = () => a.page.locator('link[rel=icon]').getAttribute('href')
    const hide = (state: string) =>
      a.page.evaluate((visibilityState) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibilityState })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await a.sees(a.page.getByRole('link', { name: /Elsewhere/ }))
    await hide('hidden')
    await post(sid, ben, 'unasked')
    await expect.poll(() => a.page.title()).toBe('(1) Parley')
    await expect.poll(icon).toMatch(/^blob:/)
    expect(await shown()).toEqual([])

    await a.page.getByRole('button', { name: 'Settings' }).click()
    await a.page.getByRole('switch', { name: 'Notify me of messages' }).check()
    await a.page.getByRole('switch', { name: 'Play a sound' }).check()
    await a.isFineToLookAt('settings-of-attention')
    await a.page.keyboard.press('Escape')
    await post(sid, ben, 'asked for')
    await expect.poll(shown).toEqual([['Elsewhere', `${ben}: asked for`]])
    await hide('visible')
    await post(sid, ben, 'seen')
    await expect.poll(() => a.page.title()).toBe('(3) Parley')
    expect(await shown()).toHaveLength(1)

    await a.page.evaluate(() => (globalThis as unknown as { lastShown: { onclick(): void } }).lastShown.onclick())
    await a.sees(a.log.getByText('asked for'))
    await expect.poll(() => a.page.title()).toBe('Parley')
    await expect.poll(icon).toBe('/favicon.svg')
  })

  it('reacting with any emoji, found by its name or by the arrow keys', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Zoo', ana, ben)
    await post(sid, ben, 'Which animal?')
    const a = await comeAs(ana, `/c/${sid}`)
    // Who wants to see how it is done looks under the hood.
    await a.page.getByRole('button', { name: 'Settings' }).click()
    await a.page.getByRole('switch', { name: 'under the hood' }).check()
    await a.page.keyboard.press('Escape')
    const hood = a.page.getByRole('complementary', { name: 'Under the hood' })
    const openAll = async () => {
      await a.log.getByText('Which animal?').hover()
      await a.page.getByRole('button', { name: 'React', exact: true }).click()
      await a.page.getByRole('menuitem', { name: 'All emoji…' }).click()
      await a.sees(a.page.getByRole('dialog').getByRole('button', { name: 'grinning face', exact: true }))
      await a.hasFocusOn(a.page.getByLabel('Search emoji by name'))
    }
    await openAll()
    await a.page.getByLabel('Search emoji by name').fill('octo')
    await a.sees(a.page.getByRole('button', { name: 'octopus' }))
    await a.isFineToLookAt('all-emoji')
    await a.page.getByRole('button', { name: 'octopus' }).click()
    await a.sees(a.log.getByRole('button', { name: `🐙 ${ana}` }))
    await a.sees(hood.getByRole('listitem').filter({ hasText: 'participantUpdated' }))
    await a.isFineToLookAt('under-the-hood', lightAlone)
    await hood.getByRole('button', { name: 'Close' }).click()
    await a.seesNoMore(hood)
    await openAll()
    await a.page.keyboard.type('giraffe')
    await a.seesNoMore(a.page.getByRole('button', { name: 'grinning face', exact: true }))
    await a.sees(a.page.getByRole('button', { name: 'giraffe' }))
    await a.page.keyboard.press('ArrowDown')
    await a.hasFocusOn(a.page.getByRole('button', { name: 'giraffe' }))
    await a.page.keyboard.press('Enter')
    await a.sees(a.log.getByRole('button', { name: `🦒 ${ana}` }))
  })

  it('pressing long with a finger, and deleting at once with a key', async () => {
    const [ana, ben] = [name('ana'), name('ben')]
    const sid = await conversation('Fingers', ana, ben)
    await conversations()(sid).messages.create({ author: ana, body: 'press me', dateCreated: new Date('2026-01-02T14:02:03Z') })
    // There the state of the connection is beside the list, one step back.
    const a = await come(`/c/${sid}?as=${ana}`, phone)
    const bubble = a.log.getByText('press me')
    // Once it stays where it is.
    await bubble.click({ trial: true })
    const { x = 0, y = 0 } = (await bubble.boundingBox()) ?? {}
    const touch = await a.page.context().newCDPSession(a.page)
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 5, y: y + 5 }] })
    await a.sees(a.page.getByRole('menuitem', { name: 'Copy text' }))
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await a.sees(a.page.getByRole('menuitem', { name: 'Copy text' }))
    // To the second, which a finger cannot ask for otherwise.
    await a.sees(a.page.getByRole('menu').getByText(/2 January 2026.*:02:03/))
    await a.isFineToLookAt('long-press', lightAlone)
    await a.page.getByRole('menuitem', { name: 'Edit' }).tap()
    await a.sees(a.page.getByText('Editing your message'))
    // On a phone, too, one can leave and mute.
    await a.page.getByRole('main').getByRole('button', { name: 'More', exact: true }).tap()
    await a.sees(a.page.getByRole('menuitem', { name: 'Mute' }))
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('menu'))
    // The menu gives the focus back when it is gone.
    await a.hasFocusOn(a.page.getByRole('main').getByRole('button', { name: 'More', exact: true }))

    await a.log.getByRole('article').last().focus()
    await a.page.keyboard.press('.')
    await a.sees(a.page.getByRole('menuitem', { name: 'Details' }))
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(a.page.getByRole('menu'))
    await a.hasFocusOn(a.log.getByRole('button', { name: 'More actions' }))
    await a.log.getByRole('article').last().focus()
    // Nor do keys: it stands beside what has the focus.
    await a.sees(
      a.log
        .getByRole('article')
        .last()
        .getByText(/2 January 2026.*:02:03/),
    )
    const { roles } = stage.parley.conversations
    const [channelUser] = (await roles.list()).filter(({ friendlyName }) => friendlyName === 'channel user')
    const permission = channelUser?.permissions ?? []
    await roles(channelUser?.sid ?? '').update({ permission: permission.filter((one) => one !== 'deleteOwnMessage') })
    await a.page.keyboard.press('Shift+Delete')
    await a.sees(a.log.getByRole('alert').getByText(/Refused: .*50107/))
    await roles(channelUser?.sid ?? '').update({ permission })
    await a.page.keyboard.press('Shift+Delete')
    await expect.poll(() => bodies(sid)).toEqual([])
  })
})
