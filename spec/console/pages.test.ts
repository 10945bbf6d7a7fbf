import type { Browser, BrowserContextOptions, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'
import { installationPatience } from '../support/chromium.ts'
import { accountOf, keyOf, type SignIn, signedInBrowser } from '../support/console.ts'
import { type Parley, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { Receiver } from '../support/receiver.ts'
import { ask } from '../support/rest.ts'
import { eventually } from '../support/until.ts'
import { lightAlone, openBrowser, tellPictures, Visitor } from '../support/visitor.ts'

const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
const enabled = { xTwilioWebhookEnabled: 'true' as const }

// A busy machine draws slowly.
describe('the pages of the console', { timeout: 180_000 }, () => {
  let parley: Parley
  let receiver: Receiver
  let browser: Browser
  const visitors: Visitor[] = []

  beforeAll(async () => {
    await buildWhenChanged()
    parley = await startParley({ settings: { PARLEY_PAGES: 'console' } })
    receiver = await Receiver.open()
    browser = await openBrowser()
  }, installationPatience)
  afterEach(async () => {
    receiver.answer = () => ({})
    const complaints = visitors.flatMap((visitor) => visitor.complaints)
    for (const visitor of visitors.splice(0)) await visitor.leave()
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await receiver?.close()
    await parley?.close()
    tellPictures()
  })

  const service = () => `/console/services/${parley.credentials.service_sid}`
  const api = () => parley.conversations.services(parley.credentials.service_sid)
  const come = async (path: string, options?: BrowserContextOptions) => {
    const visitor = await Visitor.come(browser, parley.url + path, options)
    visitors.push(visitor)
    return visitor
  }
  const signIn = async ({ page }: Visitor, { username, password }: SignIn) => {
    await page.getByLabel('Account SID or API key SID').fill(username)
    await page.getByLabel('Auth token or key secret').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  /** Somebody who is signed in, and sees the page with this heading. */
  const operator = async (path: string, heading: string, options?: BrowserContextOptions) => {
    const visitor = await come(path, { ...options, ...(await signedInBrowser(parley)) })
    await visitor.sees(visitor.page.getByRole('heading', { level: 1, name: heading }))
    return visitor
  }
  const dialogOf = ({ page }: Visitor) => page.getByRole('dialog')
  /** The rows in which a text stands: as a part, or by itself. */
  const rowOf = ({ page }: Visitor, text: string, { exact = false } = {}) =>
    page.getByRole('row').filter(exact ? { has: page.getByText(text, { exact }) } : { hasText: text })
  const press = async (within: Pick<Locator, 'getByRole'>, name: string) => within.getByRole('button', { name, exact: true }).click()
  /** A webhook that the receiver refuses, for a message of a new conversation. */
  const refusedDelivery = async (status: number) => {
    receiver.answer = () => ({ status })
    await api()
      .configuration.webhooks()
      .update({ postWebhookUrl: receiver.url, method: 'POST', filters: ['onMessageAdded'] })
    const { sid } = await api().conversations.create({ friendlyName: 'Hooked' })
    await api()
      .conversations(sid)
      .messages.create({ author: 'ana', body: 'is told', ...enabled })
    return sid
  }
  /** A device of somebody, who has put it away. */
  const register = async (identity: string, token: string) => {
    const client = await RawClient.start(parley.socketUrl, parley.token(identity))
    const { status } = await client.post('/v1/registrations', { channel_type: 'fcm', data: { registration_id: token } })
    await client.close()
    expect(status).toBe(201)
  }
  const deliveries = async (conversation: string, state: string) => {
    const { json } = await ask(parley, `/v1/Webhooks/Deliveries?ConversationSid=${conversation}&State=${state}`)
    return json.deliveries.length > 0 ? (json.deliveries as { sid: string; attempts: number }[]) : undefined
  }

  describe('signing in', () => {
    it('takes an account, and keeps the address; who is out sees nothing', async () => {
      const a = await come('/console/keys')
      await a.sees(a.page.getByRole('button', { name: 'Sign in' }))
      await a.isFineToLookAt('console-sign-in')
      await signIn(a, { username: parley.credentials.account_sid, password: 'wrong' })
      await a.sees(a.page.getByRole('alert').getByRole('link', { name: 'Error 20003' }))
      await a.isFineToLookAt('console-refused', { schemes: ['light'] })
      await signIn(a, accountOf(parley))
      await a.sees(a.page.getByRole('heading', { level: 1, name: 'API keys' }))
      await a.sees(a.page.getByText('Signed in as the account'))
      await a.page.reload()
      await a.sees(rowOf(a, 'First key'))
      await press(a.page, 'Sign out')
      await a.sees(a.page.getByRole('heading', { name: 'Operator console' }))
      await a.page.goto(`${parley.url}/console/keys`)
      await a.sees(a.page.getByRole('button', { name: 'Sign in' }))
      expect(await a.page.getByText('First key').count()).toBe(0)
    })

    it('takes an API key', async () => {
      const a = await come('/console')
      await signIn(a, keyOf(parley))
      await a.sees(a.page.getByText(`Signed in with ${parley.credentials.api_key_sid}`))
    })

    it('is asked for again when the session has ended, and leads back to the same place', async () => {
      const { json: key } = await ask(parley, '/v1/Keys', { form: { AccountSid: parley.credentials.account_sid } })
      const a = await come(`${service()}/roles`)
      await signIn(a, { username: key.sid, password: key.secret })
      await a.sees(rowOf(a, 'service admin'))
      await ask(parley, `/v1/Keys/${key.sid}`, { method: 'DELETE' })
      await a.page.getByRole('link', { name: 'service admin' }).click()
      await a.sees(a.page.getByText('Your session has ended.', { exact: false }))
      await a.isFineToLookAt('console-session-ended', { schemes: ['light'] })
      await signIn(a, accountOf(parley))
      await a.sees(a.page.getByRole('heading', { level: 1, name: 'service admin' }))
      expect(new URL(a.page.url()).pathname).toMatch(new RegExp(`^${service()}/roles/RL`))
    })
  })

  it('show what there is, in light and in dark', async () => {
    const conversation = await refusedDelivery(400)
    await api().conversations(conversation).participants.create({ identity: 'ana', attributes: '{"seat":1}' })
    await api()
      .conversations(conversation)
      .participants.create({ 'messagingBinding.address': '+15550100001', 'messagingBinding.proxyAddress': '+15550100002' })
    await api()
      .conversations(conversation)
      .webhooks.create({ target: 'webhook', 'configuration.url': receiver.url, 'configuration.filters': ['onMessageAdded'] })
    await parley.conversations.addressConfigurations.create({ type: 'sms', address: '+15550100003', friendlyName: 'Support line' })
    const [delivery] = await eventually('a refused delivery', () => deliveries(conversation, 'failed'))
    await register('ana', 'device-of-ana')
    const { json } = await ask(parley, '/v1/Roles')
    const pages: [name: string, path: string, heading: string, shows: string][] = [
      ['services', '/console/services', 'Services', 'Default Conversations Service'],
      ['keys', '/console/keys', 'API keys', 'First key'],
      ['addresses', '/console/addresses', 'Addresses', 'Support line'],
      ['account-webhooks', '/console/webhooks', 'Account webhooks', 'Before these it is asked'],
      ['jobs', '/console/jobs', 'Jobs', 'Nothing was given up'],
      ['conversations', `${service()}/conversations`, 'Conversations', 'Hooked'],
      ['messages', `${service()}/conversations/${conversation}`, 'Hooked', 'is told'],
      ['participants', `${service()}/conversations/${conversation}/participants`, 'Hooked', '+15550100001'],
      ['conversation-webhooks', `${service()}/conversations/${conversation}/webhooks`, 'Hooked', receiver.url],
      ['details', `${service()}/conversations/${conversation}/details`, 'Hooked', 'Messaging service'],
      ['users', `${service()}/users`, 'Users', 'ana'],
      ['user', `${service()}/users/ana`, 'ana', 'not watched'],
      ['roles', `${service()}/roles`, 'Roles', 'channel user'],
      ['role', `${service()}/roles/${json.roles[0].sid}`, json.roles[0].friendly_name, 'createConversation'],
      ['service-webhooks', `${service()}/webhooks`, 'Webhooks', 'Of these it is told'],
      ['deliveries', `${service()}/deliveries`, 'Webhook log', receiver.url],
      ['delivery', `${service()}/deliveries/${delivery?.sid}`, 'onMessageAdded', 'The receiver answered 400'],
      ['devices', `${service()}/bindings`, 'Devices', 'device-of-ana'],
      ['pushes', `${service()}/pushes`, 'Pushes', 'Nothing was pushed yet'],
      ['configuration', `${service()}/configuration`, 'Configuration', 'Role of a new participant'],
      ['nowhere', '/console/nowhere', 'Nothing is here', 'leads to no page'],
    ]
    // They are made of the same parts: in the dark a few are enough.
    const inTheDark = new Set(['keys', 'messages', 'delivery', 'configuration'])
    const a = await operator('/console', 'Overview')
    await a.sees(a.page.getByRole('listitem').filter({ hasText: 'Refused webhooks' }).getByText('1', { exact: true }))
    await a.isFineToLookAt('console-overview')
    for (const [name, path, heading, shows] of pages) {
      // As by the back button: the app is there already.
      await a.page.evaluate((to) => {
        history.pushState(null, '', to)
        dispatchEvent(new PopStateEvent('popstate'))
      }, path)
      await a.sees(a.page.getByRole('heading', { level: 1, name: heading, exact: true }))
      await a.sees(a.page.getByRole('main').getByText(shows))
      await a.isFineToLookAt(`console-${name}`, { schemes: inTheDark.has(name) ? ['light', 'dark'] : ['light'], within: 'main' })
    }
  })

  it('count what is there exactly, and say so where that would cost too much', async () => {
    const services = (await parley.conversations.services.list()).length
    const many = { meta: { next_page_url: 'https://example.org/more' }, users: Array.from({ length: 100 }, () => ({})) }
    const a = await come('/console')
    await a.page.route(/\/Users\?PageSize=100$/, (route) => route.fulfill({ json: many }))
    await signIn(a, accountOf(parley))
    const count = (of: string) =>
      a.page
        .getByRole('main')
        .getByRole('listitem')
        .filter({ has: a.page.getByRole('link', { name: of, exact: true }) })
    await a.sees(count('Services').getByText(String(services), { exact: true }))
    await a.sees(count('Users').getByText('100+'))
    await count('Users').getByRole('link').click()
    await a.sees(a.page.getByRole('heading', { level: 1, name: 'Users' }))
  })

  it('have a list for every page of the API, narrowed by filters that the address keeps', async () => {
    const { sid } = await parley.conversations.services.create({ friendlyName: 'Full' })
    const full = parley.conversations.services(sid).conversations
    for (let n = 1; n <= 53; n++) await full.create({ friendlyName: `talk ${n}`, uniqueName: `talk-${n}` })
    await full('talk-7').update({ state: 'closed' })
    const a = await operator(`/console/services/${sid}/conversations`, 'Conversations')
    // The newest is first.
    await a.sees(rowOf(a, 'talk-53'))
    expect(await a.page.getByRole('row').nth(1).textContent()).toContain('talk 53')
    await a.page.getByRole('link', { name: 'Next' }).click()
    await a.sees(a.page.getByText('Page 2'))
    const third = rowOf(a, 'talk-3', { exact: true })
    await a.sees(third)
    expect(await a.page.getByRole('row').count()).toBe(4)
    await a.page.reload()
    await a.sees(third)
    await a.page.getByRole('link', { name: 'Previous' }).click()
    await a.sees(rowOf(a, 'talk-53'))
    await a.page.goBack()
    await a.sees(third)

    await a.page.getByLabel('State').selectOption('closed')
    await a.seesNoMore(third)
    await a.sees(rowOf(a, 'talk-7'))
    expect(new URL(a.page.url()).search).toBe('?state=closed')
    await a.page.getByLabel('To', { exact: true }).fill('2001-01-01')
    await a.sees(a.page.getByText('Nothing found'))
    await press(a.page, 'Clear filters')
    await a.sees(rowOf(a, 'talk-53'))

    const find = a.page.getByLabel('Go to a conversation by SID or unique name')
    await find.fill('nobody/knows?it')
    await find.press('Enter')
    await a.sees(a.page.getByText('There is no nobody/knows?it here.'))
    await find.fill('talk-21')
    await find.press('Enter')
    await a.sees(a.page.getByRole('heading', { level: 1, name: 'talk 21' }))
  })

  it('let one work in a conversation; what users write is text', async () => {
    const hostile = '<img src=x onerror=alert(1)>'
    const { sid } = await api().conversations.create({ friendlyName: hostile })
    await api().conversations(sid).messages.create({ author: hostile, body: hostile })
    const a = await operator(`${service()}/conversations/${sid}`, hostile)
    const { page } = a
    await a.sees(page.getByRole('article').getByText(hostile).nth(1))
    expect(await page.getByRole('main').locator('img').count()).toBe(0)

    await page.getByText('Send a message').click()
    await page.getByLabel('Author').fill('operator')
    await page.getByLabel('Text').fill('We are on it')
    await press(page, 'Send')
    const sent = page.getByRole('article').filter({ hasText: 'We are on it' })
    await a.sees(sent)
    await sent.getByRole('button', { name: 'Edit message 1' }).click()
    await dialogOf(a).getByLabel('Attributes').fill('{"by":')
    await a.sees(dialogOf(a).getByText('This is no JSON', { exact: false }))
    expect(await dialogOf(a).getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await a.isFineToLookAt('console-no-json', { schemes: ['light'] })
    await dialogOf(a).getByLabel('Attributes').fill('{"by":"console"}')
    await press(dialogOf(a), 'Save')
    await a.sees(sent.getByText('Attributes'))
    await sent.getByRole('button', { name: 'Delete message 1' }).click()
    await press(dialogOf(a), 'Cancel')
    await sent.getByRole('button', { name: 'Delete message 1' }).click()
    await press(dialogOf(a), 'Delete')
    await a.seesNoMore(sent)
    expect((await api().conversations(sid).messages.list()).map(({ body }) => body)).toEqual([hostile])

    await page.getByRole('link', { name: 'Participants' }).click()
    await press(page, 'Add participant')
    await dialogOf(a).getByLabel('Identity').fill('zoe')
    await press(dialogOf(a), 'Add')
    await a.sees(rowOf(a, 'zoe'))
    await press(page, 'Add participant')
    await dialogOf(a).getByLabel('Identity').fill('zoe')
    await press(dialogOf(a), 'Add')
    await a.sees(dialogOf(a).getByRole('alert').getByText('Error 50433'))
    await a.isFineToLookAt('console-refused-in-dialog', { schemes: ['light'] })
    await page.keyboard.press('Escape')
    await rowOf(a, 'zoe').getByRole('button', { name: 'Edit zoe' }).click()
    await dialogOf(a).getByLabel('Role').selectOption({ label: 'channel admin' })
    await press(dialogOf(a), 'Save')
    await a.sees(rowOf(a, 'channel admin'))
    await rowOf(a, 'zoe').getByRole('button', { name: 'Remove zoe' }).click()
    await press(dialogOf(a), 'Remove')
    await a.sees(page.getByText('Nobody takes part'))

    await press(page, 'Edit…')
    await dialogOf(a).getByLabel('Name', { exact: true }).fill('Calm now')
    await dialogOf(a).getByLabel('Inactive after').fill('PT10M')
    await press(dialogOf(a), 'Save')
    await a.sees(page.getByRole('heading', { level: 1, name: 'Calm now' }))
    expect(await api().conversations(sid).fetch()).toMatchObject({ friendlyName: 'Calm now', timers: { date_inactive: expect.anything() } })
    const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Export')])
    expect(file.suggestedFilename()).toBe(`${sid}.ndjson`)
  })

  it('show the secret of a new key once, and revoke it', async () => {
    const a = await operator('/console/keys', 'API keys')
    await press(a.page, 'New key')
    await dialogOf(a).getByLabel('Name').fill('token server')
    await press(dialogOf(a), 'Create')
    await a.sees(dialogOf(a).getByText('Copy the secret now', { exact: false }))
    const [sid = '', secret = ''] = await dialogOf(a).getByRole('definition').allInnerTexts()
    const login = { username: sid.trim(), password: secret.trim(), account_sid: parley.credentials.account_sid }
    expect((await ask(parley, '/v1/Services', { login })).status).toBe(200)
    await press(dialogOf(a), 'I have kept it')
    await a.sees(rowOf(a, 'token server'))
    expect(await a.page.content()).not.toContain(login.password)

    await rowOf(a, 'token server').getByRole('button', { name: 'Rename token server' }).click()
    await dialogOf(a).getByLabel('Name').fill('old server')
    await press(dialogOf(a), 'Save')
    await rowOf(a, 'old server').getByRole('button', { name: 'Revoke old server' }).click()
    await a.sees(dialogOf(a))
    await a.isFineToLookAt('console-revoke')
    await press(dialogOf(a), 'Revoke')
    await a.seesNoMore(rowOf(a, 'old server'))
    expect((await ask(parley, '/v1/Services', { login })).status).toBe(401)
  })

  it('send failed webhooks again: one, and all that fit', async () => {
    const conversation = await refusedDelivery(400)
    const [refused] = await eventually('a refused delivery', () => deliveries(conversation, 'failed'))
    const a = await operator(`${service()}/deliveries?state=failed&conversation_sid=${conversation}`, 'Webhook log')
    await a.page.getByRole('link', { name: 'onMessageAdded' }).click()
    await a.sees(a.page.getByRole('heading', { name: 'Attempt 1' }))
    expect(new URL(a.page.url()).pathname).toBe(`${service()}/deliveries/${refused?.sid}`)
    receiver.answer = () => ({})
    await press(a.page, 'Send again')
    await eventually('it to be delivered', () => deliveries(conversation, 'delivered'))
    await press(a.page, 'Refresh')
    await a.sees(a.page.getByRole('heading', { name: 'Attempt 2' }))

    const another = await refusedDelivery(400)
    await eventually('another refused delivery', () => deliveries(another, 'failed'))
    receiver.answer = () => ({})
    await a.page.goto(`${parley.url}${service()}/deliveries?state=failed&conversation_sid=${another}`)
    await press(a.page, 'Send many again…')
    await a.sees(dialogOf(a))
    await a.isFineToLookAt('console-replay', { schemes: ['light'] })
    await press(dialogOf(a), 'Send again')
    await a.sees(a.page.getByText('1 delivery is sent again.'))
    await eventually('it to be delivered too', () => deliveries(another, 'delivered'))
  })

  it('run dead letters again, and drop them', async () => {
    const conversation = await refusedDelivery(503)
    await api()
      .conversations(conversation)
      .messages.create({ author: 'ana', body: 'is told too', ...enabled })
    await eventually('both to be given up', async () => {
      await parley.clock.advance(160_000)
      return (await ask(parley, '/v1/Jobs')).json.jobs.length === 2 || undefined
    })
    receiver.answer = () => ({})
    const a = await operator('/console/jobs', 'Jobs')
    await a.sees(rowOf(a, 'The receiver answered 503'))
    await a.isFineToLookAt('console-dead-letters', { schemes: ['light'] })
    await a.page.getByRole('main').getByRole('link', { name: 'webhook' }).first().click()
    await press(a.page, 'Run again')
    await eventually('it to be delivered', () => deliveries(conversation, 'delivered'))
    await a.page.getByRole('link', { name: 'Jobs' }).first().click()
    await a.page.getByRole('main').getByRole('link', { name: 'webhook' }).click()
    await press(a.page, 'Drop…')
    await press(dialogOf(a), 'Drop')
    await a.sees(a.page.getByText('Nothing was given up'))
  })

  it('make, rename, configure and delete a service: only when its name is typed', async () => {
    const a = await operator('/console/services', 'Services')
    const { page } = a
    await press(page, 'New service')
    await dialogOf(a).getByLabel('Name').fill('Doomed')
    await press(dialogOf(a), 'Create')
    await a.sees(page.getByRole('heading', { level: 1, name: 'Configuration' }))
    await expect.poll(() => page.getByLabel('Service', { exact: true }).locator('option:checked').textContent()).toBe('Doomed')
    await page.getByLabel('Watch who is online').check()
    await page.getByRole('button', { name: 'Save' }).first().click()
    await a.sees(page.getByText('Saved.'))
    await press(page, 'Rename…')
    await dialogOf(a).getByLabel('Name').fill('Really doomed')
    await press(dialogOf(a), 'Save')
    await a.sees(page.getByRole('heading', { level: 2, name: 'Really doomed' }))
    const [, sid = ''] = /services\/(IS\w+)/.exec(page.url()) ?? []
    expect(await parley.conversations.services(sid).configuration().fetch()).toMatchObject({ reachabilityEnabled: true })

    await press(page, 'Delete…')
    const final = dialogOf(a).getByRole('button', { name: 'Delete' })
    await dialogOf(a).getByRole('textbox').fill('really doomed')
    expect(await final.isDisabled()).toBe(true)
    await dialogOf(a).getByRole('textbox').fill('Really doomed')
    await a.isFineToLookAt('console-delete-service', { schemes: ['light'] })
    await final.click()
    await a.sees(page.getByRole('heading', { level: 1, name: 'Services' }))
    expect((await ask(parley, `/v1/Services/${sid}`)).status).toBe(404)
    // The default one stays, and the server says why.
    await page.getByRole('button', { name: 'Delete Default Conversations Service' }).click()
    await dialogOf(a).getByRole('textbox').fill('Default Conversations Service')
    await press(dialogOf(a), 'Delete')
    await a.sees(dialogOf(a).getByRole('alert').getByText('cannot be deleted', { exact: false }))
  })

  it('edit roles, webhooks and addresses', async () => {
    const a = await operator(`${service()}/roles`, 'Roles')
    const { page } = a
    await press(page, 'New role')
    await dialogOf(a).getByLabel('Name', { exact: true }).fill('guest')
    await dialogOf(a).getByLabel('sendMessage').check()
    await press(dialogOf(a), 'Create')
    await a.sees(page.getByRole('heading', { level: 1, name: 'guest' }))
    await page.getByLabel('leaveConversation').check()
    await page.getByLabel('sendMessage').uncheck()
    await press(page, 'Save')
    await a.sees(page.getByText('Saved.'))
    const role = (await api().roles.list()).find(({ friendlyName }) => friendlyName === 'guest')
    expect(role?.permissions).toEqual(['leaveConversation'])

    await page.goto(`${parley.url}${service()}/webhooks`)
    await page.getByLabel('URL asked before an action').fill('nonsense://x')
    await press(page, 'Save')
    await a.sees(page.getByRole('alert').getByText(/^Error \d+$/))
    await page.getByLabel('URL asked before an action').fill(`${receiver.url}/pre`)
    await page.getByLabel('onMessageAdd', { exact: true }).check()
    await page.getByLabel('When the first cannot be asked').selectOption({ label: 'The action is refused' })
    await page.getByLabel('What is done by REST').selectOption({ label: 'Only when the request says so' })
    await press(page, 'Save')
    await a.sees(page.getByText('Saved.'))
    const { json } = await ask(parley, `/v1/Services/${parley.credentials.service_sid}/Configuration/Webhooks`)
    expect(json).toMatchObject({ pre_webhook_url: `${receiver.url}/pre`, pre_webhook_fail_closed: true, rest_webhook_enabled: false })
    expect(json.filters).toContain('onMessageAdd')

    await page.goto(`${parley.url}/console/addresses`)
    await press(page, 'New address')
    await dialogOf(a).getByLabel('Address').fill('+15550100099')
    await dialogOf(a).getByLabel('New conversations').selectOption({ label: 'Make it, with a webhook' })
    await dialogOf(a).getByLabel('URL').fill(`${receiver.url}/new`)
    await dialogOf(a).getByLabel('onMessageAdded').check()
    await a.isFineToLookAt('console-new-address', { schemes: ['light'] })
    await press(dialogOf(a), 'Create')
    await a.sees(rowOf(a, '+15550100099'))
    await page.getByRole('button', { name: 'Delete +15550100099' }).click()
    await press(dialogOf(a), 'Delete')
    await a.seesNoMore(rowOf(a, '+15550100099'))
  })

  it('show the devices of a user, and take one away', async () => {
    await register('zed', 'phone-of-zed')
    await register('yan', 'phone-of-yan')
    const a = await operator(`${service()}/users/zed`, 'zed')
    await a.page.getByRole('link', { name: 'Devices that get their pushes' }).click()
    await a.sees(rowOf(a, 'phone-of-zed').getByText('Firebase (FCM)'))
    expect(new URL(a.page.url()).search).toBe('?identity=zed')
    expect(await a.page.getByRole('row').count()).toBe(2)
    await rowOf(a, 'phone-of-zed').getByRole('button', { name: 'Remove a device of zed' }).click()
    await press(dialogOf(a), 'Remove')
    await a.sees(a.page.getByText('Nothing found'))
    const { json } = await ask(parley, `/v1/Services/${parley.credentials.service_sid}/Bindings`)
    const left = json.bindings.map(({ identity }: { identity: string }) => identity)
    expect(left).toContain('yan')
    expect(left).not.toContain('zed')
  })

  it('erase a user, and say how far that is', async () => {
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create({ identity: 'leaving' })
    await api().conversations(sid).messages.create({ author: 'leaving', body: 'forget me' })
    const a = await operator(`${service()}/users`, 'Users')
    await a.page.getByRole('link', { name: 'leaving' }).click()
    await a.sees(a.page.getByRole('link', { name: 'Untitled' }))
    await press(a.page, 'Erase…')
    await dialogOf(a).getByRole('textbox').fill('leaving')
    await press(dialogOf(a), 'Erase')
    await a.sees(a.page.getByRole('heading', { name: 'Erasure' }))
    await a.sees(a.page.getByText('completed', { exact: true }))
    expect(await api().conversations(sid).messages.list()).toEqual([])
  })

  it('fit a phone, with the navigation in a drawer that the keyboard can leave', async () => {
    const a = await operator('/console', 'Overview', phone)
    await a.isFineToLookAt('console-overview', lightAlone)
    const open = a.page.getByRole('button', { name: 'Open navigation' })
    await open.click()
    await a.sees(dialogOf(a))
    await a.isFineToLookAt('console-drawer', lightAlone)
    await a.page.keyboard.press('Escape')
    await a.seesNoMore(dialogOf(a))
    await open.click()
    await dialogOf(a).getByRole('link', { name: 'Conversations' }).click()
    await a.seesNoMore(dialogOf(a))
    await a.sees(a.page.getByRole('heading', { level: 1, name: 'Conversations' }))
    await a.isFineToLookAt('console-conversations', lightAlone)
    const [shown, room] = await a.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(shown).toBeLessThanOrEqual(room as number)
  })

  it('need nothing but a keyboard', async () => {
    const a = await operator('/console/keys', 'API keys')
    const { keyboard } = a.page
    const focused = () => a.page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent)
    await a.page.getByRole('link', { name: 'Skip to content' }).focus()
    await keyboard.press('Enter')
    await expect.poll(focused).toBe('main')
    await keyboard.press('Tab')
    await expect.poll(focused).toBe('New key')
    await keyboard.press('Enter')
    await a.sees(dialogOf(a))
    await keyboard.press('Escape')
    await a.seesNoMore(dialogOf(a))
    await expect.poll(focused).toBe('New key')
    await keyboard.press('Enter')
    await a.sees(dialogOf(a))
    // Behind the cross that closes it is the field.
    await keyboard.press('Tab')
    await keyboard.type('by hand')
    await keyboard.press('Enter')
    await a.sees(dialogOf(a).getByText('Copy the secret now', { exact: false }))
    await keyboard.press('Escape')
    await a.seesNoMore(dialogOf(a))
    await a.sees(rowOf(a, 'by hand'))
  })

  it('say that the server is away, and go on when it is back', async () => {
    const a = await operator('/console', 'Overview')
    await a.page.route('**/v1/Services?**', (route) => route.abort())
    await a.page.getByRole('navigation').getByRole('link', { name: 'Services' }).click()
    await a.sees(a.page.getByRole('main').getByText('The server does not answer.'))
    await a.page.unroute('**/v1/Services?**')
    await press(a.page.getByRole('main'), 'Retry')
    await a.sees(rowOf(a, 'Default Conversations Service'))
  })
})
