import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, ask, helper, type Login, sharedParley } from '../support/rest.ts'

const mailDate = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/

describe.each(databases)('accounts and keys, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = (login?: Login) => helper(parley(), login).api.v2010

  describe('accounts', () => {
    it('show themselves', async () => {
      const { account_sid, auth_token } = parley().credentials
      const { json } = await ask(parley(), `/2010-04-01/Accounts/${account_sid}.json`)
      expect(json).toEqual({
        sid: account_sid,
        friendly_name: 'Parley',
        auth_token,
        status: 'active',
        type: 'Full',
        owner_account_sid: account_sid,
        date_created: expect.stringMatching(mailDate),
        date_updated: json.date_created,
        uri: `/2010-04-01/Accounts/${account_sid}.json`,
        subresource_uris: {
          keys: `/2010-04-01/Accounts/${account_sid}/Keys.json`,
          signing_keys: `/2010-04-01/Accounts/${account_sid}/SigningKeys.json`,
        },
      })
      expect((await api().accounts(account_sid).fetch()).dateCreated).toBeInstanceOf(Date)
    })

    it('make others, which work on their own and know their owner', async () => {
      const made = await api().accounts.create({ friendlyName: 'Made' })
      expect(made).toMatchObject({ friendlyName: 'Made', status: 'active', ownerAccountSid: parley().credentials.account_sid })
      expect(made.authToken).toMatch(/^[A-Za-z0-9]{32}$/)

      const login = { username: made.sid, password: made.authToken, account_sid: made.sid }
      const { conversations } = helper(parley(), login)
      const first = await conversations.v1.conversations.create({ friendlyName: 'theirs' })
      expect(first.accountSid).toBe(made.sid)
      expect(first.chatServiceSid).not.toBe(parley().credentials.service_sid)
      expect((await ask(parley(), '/2010-04-01/Accounts.json', { method: 'POST' })).json.friendly_name).toMatch(/^Account created at /)
    })

    it('are renamed, suspended and opened again by their owner', async () => {
      const login = await anotherAccount(parley())
      const made = api().accounts(login.username)
      expect((await made.update({ friendlyName: 'Renamed' })).friendlyName).toBe('Renamed')
      for (const status of ['suspended', 'closed'] as const) {
        expect((await made.update({ status })).status).toBe(status)
        expect(await ask(parley(), '/v1/Conversations', { login })).toMatchObject({ status: 403, json: { code: 20005 } })
      }
      expect((await made.update({ status: 'active' })).status).toBe('active')
      expect((await ask(parley(), '/v1/Conversations', { login })).status).toBe(200)
    })

    it('without an owner stay active', async () => {
      const { account_sid } = parley().credentials
      await expect(api().accounts(account_sid).update({ status: 'closed' })).rejects.toMatchObject({ status: 403, code: 20403 })
      expect((await api().accounts(account_sid).update({ status: 'active', friendlyName: 'Parley' })).status).toBe('active')
    })

    it.each([
      ['an empty name', { FriendlyName: '' }, 20002],
      ['a name of 65 characters', { FriendlyName: 'x'.repeat(65) }, 20002],
      ['a status that does not exist', { Status: 'asleep' }, 20001],
      ['nothing', {}, 20161],
    ])('do not change to %s', async (_, form: Record<string, string>, code) => {
      const { account_sid } = parley().credentials
      const path = `/2010-04-01/Accounts/${account_sid}.json`
      expect(await ask(parley(), path, { method: 'POST', form })).toMatchObject({ status: 400, json: { code } })
    })

    it('list themselves and what they made, filtered by name and status', async () => {
      const login = await anotherAccount(parley())
      const children = []
      for (const friendlyName of ['one', 'two', 'two']) children.push(await api(login).accounts.create({ friendlyName }))
      await api(login)
        .accounts(children[2]?.sid ?? '')
        .update({ status: 'suspended' })
      const sids = async (filters: Parameters<ReturnType<typeof api>['accounts']['list']>[0]) =>
        (await api(login).accounts.list(filters)).map(({ sid }) => sid).sort()
      const [one, two, suspended] = children.map(({ sid }) => sid) as [string, string, string]

      expect(await sids({})).toEqual([login.username, one, two, suspended].sort())
      expect(await sids({ pageSize: 1 })).toEqual([login.username, one, two, suspended].sort())
      expect(await sids({ friendlyName: 'two' })).toEqual([two, suspended].sort())
      expect(await sids({ status: 'suspended' })).toEqual([suspended])
      expect(await sids({ friendlyName: 'two', status: 'active' })).toEqual([two])
    })

    it('are not seen by those they made, nor by strangers', async () => {
      const [child, stranger] = [await anotherAccount(parley()), await anotherAccount(parley())]
      for (const sid of [parley().credentials.account_sid, stranger.username, `AC${'0'.repeat(32)}`, 'nonsense']) {
        const path = `/2010-04-01/Accounts/${sid}`
        for (const [method, rest] of [
          ['GET', '.json'],
          ['POST', '.json'],
          ['GET', '/Keys.json'],
          ['POST', '/Keys.json'],
          ['GET', '/SigningKeys.json'],
        ] as const)
          expect(
            await ask(parley(), path + rest, { login: child, method, ...(method === 'POST' ? { form: { FriendlyName: 'x' } } : {}) }),
          ).toMatchObject({
            status: 404,
            json: { code: 20404, message: `The requested resource ${path}${rest} was not found` },
          })
      }
    })
  })

  describe.each(['keys', 'signingKeys'] as const)('%s', (kind) => {
    const create = (friendlyName: string, login?: Login) => {
      const { newKeys, newSigningKeys } = helper(parley(), login)
      return kind === 'keys' ? newKeys.create({ friendlyName }) : newSigningKeys.create({ friendlyName })
    }
    const keyOf = (account_sid: string, sid: string) => {
      const account = api().accounts(account_sid)
      // They look the same, but for the names of their types.
      return kind === 'keys' ? account.keys(sid) : (account.signingKeys(sid) as unknown as ReturnType<typeof account.keys>)
    }
    const list = async () => {
      const { keys, signingKeys } = helper(parley())
      return kind === 'keys' ? (await keys.list()).map(({ sid }) => sid) : (await signingKeys.list()).map(({ sid }) => sid)
    }

    it('are made with a secret that is shown once, and let in', async () => {
      const made = await create('Key')
      expect(made.sid).toMatch(/^SK[0-9a-f]{32}$/)
      expect(made.secret).toMatch(/^[A-Za-z0-9]{32}$/)
      expect(made.friendlyName).toBe('Key')
      expect(made.dateCreated).toBeInstanceOf(Date)
      const path = `/2010-04-01/Accounts/${parley().credentials.account_sid}/${kind === 'keys' ? 'Keys' : 'SigningKeys'}/${made.sid}.json`
      expect((await ask(parley(), path)).json).toEqual({
        sid: made.sid,
        friendly_name: 'Key',
        date_created: expect.stringMatching(mailDate),
        date_updated: expect.stringMatching(mailDate),
      })
      const login = { username: made.sid, password: made.secret, account_sid: parley().credentials.account_sid }
      expect((await helper(parley(), login).conversations.v1.configuration().fetch()).accountSid).toBe(login.account_sid)
    })

    it('are renamed, listed and revoked at once', async () => {
      const made = await create('Before')
      const key = keyOf(parley().credentials.account_sid, made.sid)
      expect((await key.update({ friendlyName: 'After' })).friendlyName).toBe('After')
      expect((await key.fetch()).friendlyName).toBe('After')
      expect(await list()).toContain(made.sid)
      expect(await key.remove()).toBe(true)
      await expect(key.fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
      await expect(key.remove()).rejects.toMatchObject({ status: 404, code: 20404 })
      const login = { username: made.sid, password: made.secret, account_sid: '' }
      expect(await ask(parley(), '/v1/Conversations', { login })).toMatchObject({ status: 401, json: { code: 20003 } })
    })

    it('have no secret that another way of asking shows', async () => {
      const made = await create('Hidden')
      for (const path of ['Keys.json', 'SigningKeys.json', `Keys/${made.sid}.json`])
        expect((await ask(parley(), `/2010-04-01/Accounts/${parley().credentials.account_sid}/${path}`)).text).not.toContain(made.secret)
    })

    it('belong to one account', async () => {
      const login = await anotherAccount(parley())
      const made = await create('Theirs', login)
      const notMine = keyOf(parley().credentials.account_sid, made.sid)
      await expect(notMine.fetch()).rejects.toMatchObject({ status: 404 })
      await expect(notMine.update({ friendlyName: 'Mine' })).rejects.toMatchObject({ status: 404 })
      await expect(notMine.remove()).rejects.toMatchObject({ status: 404 })
      expect((await keyOf(login.account_sid, made.sid).fetch()).friendlyName).toBe('Theirs')
      const key = { username: made.sid, password: made.secret, account_sid: login.account_sid }
      expect((await helper(parley(), key).conversations.v1.configuration().fetch()).accountSid).toBe(login.account_sid)
    })
  })

  it('keep the auth token from those who show an API key, which can be revoked', async () => {
    const { account_sid, api_key_sid, api_key_secret } = parley().credentials
    const login = { username: api_key_sid, password: api_key_secret, account_sid }
    expect((await ask(parley(), `/2010-04-01/Accounts/${account_sid}.json`, { login })).json.auth_token).toBeNull()
    expect((await ask(parley(), '/2010-04-01/Accounts.json', { login })).text).not.toContain(parley().credentials.auth_token)
  })

  it('have keys by the newer way too', async () => {
    const { account_sid } = parley().credentials
    const { iam } = helper(parley())
    const made = await iam.v1.newApiKey.create({ accountSid: account_sid, friendlyName: 'New way' })
    expect(made.secret).toMatch(/^[A-Za-z0-9]{32}$/)
    expect((await iam.v1.apiKey(made.sid).fetch()).friendlyName).toBe('New way')
    expect((await iam.v1.apiKey(made.sid).update({ friendlyName: 'Newer' })).friendlyName).toBe('Newer')
    expect((await iam.v1.getApiKeys.list({ accountSid: account_sid })).map(({ sid }) => sid)).toContain(made.sid)
    expect(await iam.v1.apiKey(made.sid).remove()).toBe(true)
    await expect(iam.v1.apiKey(made.sid).fetch()).rejects.toMatchObject({ status: 404 })
    expect(await ask(parley(), '/v1/Keys', { method: 'POST' })).toMatchObject({
      status: 400,
      json: { code: 20001, details: { field: 'AccountSid' } },
    })
  })

  it('are listed page by page as the older API does', async () => {
    const login = await anotherAccount(parley())
    const made = []
    for (let at = 0; at < 5; at++) made.push(await helper(parley(), login).newKeys.create({ friendlyName: `${at}` }))
    const list = `/2010-04-01/Accounts/${login.username}/Keys.json`
    const { json: first } = await ask(parley(), `${list}?PageSize=2`, { login })
    expect(first).toMatchObject({
      uri: `${list}?PageSize=2&Page=0`,
      first_page_uri: `${list}?PageSize=2&Page=0`,
      previous_page_uri: null,
      next_page_uri: expect.stringMatching(/\?PageSize=2&Page=1&PageToken=PT/),
      page: 0,
      page_size: 2,
      start: 0,
      end: 1,
    })
    const { json: second } = await ask(parley(), first.next_page_uri, { login })
    expect(second).toMatchObject({ page: 1, start: 2, end: 3, previous_page_uri: expect.stringMatching(/Page=0&PageToken=PT/) })
    const { json: third } = await ask(parley(), second.next_page_uri, { login })
    expect(third).toMatchObject({ page: 2, start: 4, end: 4, next_page_uri: null })
    expect((await ask(parley(), second.previous_page_uri, { login })).json.keys).toEqual(first.keys)
    const all = [first, second, third].flatMap(({ keys }) => keys.map(({ sid }: { sid: string }) => sid))
    expect(all).toEqual(made.map(({ sid }) => sid).sort())
    expect((await helper(parley(), login).keys.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(all)
    expect((await ask(parley(), `${list}?PageSize=5000`, { login })).json.page_size).toBe(1_000)
  })
})
