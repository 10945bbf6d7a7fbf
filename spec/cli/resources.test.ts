import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'

describe('what parley does with resources', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeAll(async () => {
    alice = await person(environmentFor(parley()))
  })
  afterAll(() => alice[Symbol.asyncDispose]())

  it('makes, shows, lists, changes and deletes a conversation', async () => {
    const { code, json: made } = await alice.parley(
      ...['conversations', 'create', '--friendly-name', 'Order 7', '--unique-name', 'order-7', '--timers-inactive', 'PT5M', '--json'],
    )
    expect(code).toBe(0)
    expect(made).toMatchObject({ sid: expect.stringMatching(/^CH/), friendly_name: 'Order 7', unique_name: 'order-7', state: 'active' })
    expect(await parley().conversations.conversations(made.sid).fetch()).toMatchObject({ friendlyName: 'Order 7' })

    expect((await alice.parley('conversations', 'get', 'order-7')).out).toMatch(/^friendly_name +Order 7$/m)

    const changed = await alice.parley('conversations', 'update', 'order-7', '--friendly-name', '', '--state', 'closed', '--json')
    expect(changed.json).toMatchObject({ friendly_name: null, state: 'closed' })

    expect(
      (await alice.parley('conversations', 'list', '--state', 'closed', '--json')).json.map(({ sid }: { sid: string }) => sid),
    ).toEqual([made.sid])
    const table = await alice.parley('conversations', 'list')
    expect(table.out.split('\n')[0]).toMatch(/^sid +state +unique name +friendly name +date updated$/)
    expect(table.out).toContain(made.sid)

    const asked = await alice.parley('conversations', 'delete', made.sid)
    expect(asked).toMatchObject({ code: 2, said: expect.stringContaining('--yes') })
    expect((await alice.parley('conversations', 'delete', made.sid, '--yes')).code).toBe(0)
    expect((await alice.parley('conversations', 'get', made.sid)).code).toBe(5)
  })

  it('adds somebody by identity or by address, and takes them out again', async () => {
    const { sid } = await parley().conversations.conversations.create({ uniqueName: 'order-8' })
    await alice.parley('participants', 'create', 'order-8', '--identity', 'bob', '--attributes', '{"vip":true}')
    const address = ['--messaging-binding-address', '+15550001', '--messaging-binding-proxy-address', '+15550100']
    await alice.parley('participants', 'create', sid, ...address)
    const list = await alice.parley('participants', 'list', 'order-8', '--json')
    expect(list.json).toMatchObject([
      { identity: 'bob', attributes: '{"vip":true}' },
      { messaging_binding: { type: 'sms', address: '+15550001', proxy_address: '+15550100' } },
    ])
    await alice.parley('participants', 'delete', 'order-8', 'bob', '-y')
    expect((await alice.parley('participants', 'list', 'order-8', '--json')).json).toHaveLength(1)
  })

  it('sends what is said on the command line, or comes in by the standard input, or lies in a file', async () => {
    await parley().conversations.conversations.create({ uniqueName: 'order-9' })
    await alice.parley('messages', 'send', 'order-9', 'Hello', '--author', 'bob')
    await alice.parley('messages', 'send', 'order-9', { input: 'Line 1\nLine 2\n' })
    await alice.parley('messages', 'send', 'order-9', '--file', 'note.txt').then(({ code, said }) => {
      expect(code).toBe(2)
      expect(said).toContain('note.txt cannot be read')
    })
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${alice.home}/note.txt`, 'a note')
    expect((await alice.parley('messages', 'send', 'order-9', '--file', 'note.txt', '--json')).json.media).toMatchObject([
      { filename: 'note.txt', size: 6 },
    ])
    expect((await alice.parley('messages', 'list', 'order-9', '--json')).json).toMatchObject([
      { index: 0, author: 'bob', body: 'Hello' },
      { index: 1, author: 'system', body: 'Line 1\nLine 2' },
      { index: 2, body: null },
    ])
  })

  it('reads a long list page by page, as far as is wanted', async () => {
    const { sid } = await parley().conversations.conversations.create({ uniqueName: 'long' })
    for (let at = 0; at < 120; at++)
      await parley()
        .conversations.conversations(sid)
        .messages.create({ body: String(at) })
    const all = await alice.parley('messages', 'list', 'long', '--limit', 'all', '--json')
    expect(all.json.map(({ body }: { body: string }) => body)).toEqual(Array.from({ length: 120 }, (_, at) => String(at)))
    const some = await alice.parley('messages', 'list', 'long', '--limit', '7', '--order', 'desc')
    expect(some.out.trim().split('\n')).toHaveLength(8)
    expect(some.said).toContain('--limit all')
  })

  it('does not let what others wrote steer the terminal', async () => {
    await parley().conversations.conversations.create({ uniqueName: 'evil', friendlyName: '\u001b[2Jgone\u009b31m' })
    for (const words of [['get', 'evil'], ['list'], ['get', 'evil', '--json'], ['list', '--json']]) {
      const { out } = await alice.parley('conversations', ...words)
      expect(out).toContain('gone')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(out).not.toMatch(/[\u001b\u0080-\u009f]/)
    }
  })

  it('sends any request', async () => {
    const made = await alice.parley('api', 'post', '/v1/Conversations', '-d', 'FriendlyName=Any = way', '-d', 'Timers.Closed=PT10M')
    expect(made.json).toMatchObject({ friendly_name: 'Any = way', timers: { date_closed: expect.any(String) } })
    const gone = await alice.parley('api', 'DELETE', `/v1/Conversations/${made.json.sid}`, '--include')
    expect(gone).toMatchObject({ code: 0, out: '', said: expect.stringContaining('status: 204') })
    const filtered = await alice.parley('api', 'GET', '/v1/Conversations', '-d', 'State=closed', '-d', 'PageSize=1')
    expect(filtered.json).toMatchObject({ conversations: [], meta: { page_size: 1 } })
  })

  it('makes keys, lists them without their secrets, and revokes them', async () => {
    const { json: key } = await alice.parley('keys', 'create', '--friendly-name', 'robot', '--json')
    expect(key.secret).toMatch(/^[A-Za-z0-9]{32}$/)
    const withKey = { env: { PARLEY_API_KEY_SID: key.sid, PARLEY_API_KEY_SECRET: key.secret } }
    expect((await alice.parley('keys', 'list', '--json', withKey)).json).toContainEqual(
      expect.objectContaining({ sid: key.sid, friendly_name: 'robot' }),
    )
    expect((await alice.parley('keys', 'list', '--json')).out).not.toContain(key.secret)
    await alice.parley('keys', 'revoke', key.sid, '--yes')
    expect((await alice.parley('services', 'list', withKey)).code).toBe(4)
  })

  it('makes users and services', async () => {
    expect((await alice.parley('users', 'create', '--identity', 'carol', '--json')).json).toMatchObject({ identity: 'carol' })
    expect((await alice.parley('users', 'update', 'carol', '--friendly-name', 'Carol', '--json')).json).toMatchObject({
      friendly_name: 'Carol',
    })
    const { json: service } = await alice.parley('services', 'create', '--friendly-name', 'Support', '--json')
    const made = await alice.parley('conversations', 'create', '--service', service.sid, '--json')
    expect(made.json).toMatchObject({ chat_service_sid: service.sid })
    expect((await alice.parley('services', 'delete', service.sid, '-y')).code).toBe(0)
  })
})
