import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

const count = 250

interface Page {
  meta: {
    page: number
    page_size: number
    first_page_url: string
    previous_page_url: string | null
    url: string
    next_page_url: string | null
    key: string
  }
  [key: string]: unknown
}

describe.each(databases)('lists, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  const read = async (url: string): Promise<Page> => (await ask(parley(), url)).json
  const items = (page: Page) => page[page.meta.key] as Record<string, unknown>[]

  /** Goes to the end of a list by its own addresses, and back to the beginning. */
  const walk = async (path: string) => {
    const forth = await follow(path, 'next_page_url')
    const back = await follow(forth.at(-1)?.meta.url ?? '', 'previous_page_url')
    return { forth, back: back.reverse() }
  }

  const follow = async (path: string, where: 'next_page_url' | 'previous_page_url'): Promise<Page[]> => {
    const page = await read(path)
    const address = page.meta[where]
    return address === null ? [page] : [page, ...(await follow(address, where))]
  }

  let conversation_sid = ''
  beforeAll(async () => {
    const make = async (path: string, number: number, form: (at: number) => Record<string, string>) => {
      for (let at = 0; at < number; at += 10)
        await Promise.all(Array.from({ length: 10 }, (_, offset) => ask(parley(), path, { form: form(at + offset) })))
    }
    const day = (at: number) => new Date(Date.UTC(2021, 0, 1 + Math.floor(at / 3))).toISOString()
    conversation_sid = (await api().conversations.create()).sid
    await make(`/v1/Conversations/${conversation_sid}/Messages`, count, (at) => ({ Body: `${at}` }))
    await make(`/v1/Conversations/${conversation_sid}/Participants`, count, (at) => ({ Identity: `user ${at}` }))
    await make('/v1/Conversations', count, (at) => ({ State: at % 2 ? 'inactive' : 'active', DateCreated: day(at) }))
    await make('/v1/Services', 120, (at) => ({ FriendlyName: `service ${at}` }))
  }, 60_000)

  const lists: [name: string, path: () => string, expected: number][] = [
    ['messages', () => `/v1/Conversations/${conversation_sid}/Messages?PageSize=40`, count],
    ['messages, newest first', () => `/v1/Conversations/${conversation_sid}/Messages?Order=desc&PageSize=33`, count],
    ['participants', () => `/v1/Conversations/${conversation_sid}/Participants`, count],
    ['users', () => '/v1/Users?PageSize=49', count],
    ['services', () => '/v1/Services?PageSize=100', 121],
    ['conversations', () => '/v1/Conversations?PageSize=100', count + 1],
    ['inactive conversations', () => '/v1/Conversations?State=inactive&PageSize=17', count / 2],
    ['conversations of some days', () => '/v1/Conversations?StartDate=2021-01-11&EndDate=2021-01-20&PageSize=7', 30],
    [
      'conversations of a service in the path',
      () => `/v1/Services/${parley().credentials.service_sid}/Conversations?State=active&EndDate=2021-01-20T23%3A59%3A59Z`,
      30,
    ],
  ]

  describe.each(lists)('%s', (_, path, expected) => {
    it('are read to the end and back: all of them, each once, in one order', async () => {
      const { forth, back } = await walk(path())
      const told = forth.flatMap(items)
      expect(told).toHaveLength(expected)
      expect(new Set(told.map(({ sid }) => sid)).size).toBe(expected)
      expect(back.flatMap(items)).toEqual(told)
    })

    it('tell where each page stands, and carry every filter along', async () => {
      const { forth } = await walk(path())
      const [address, query] = path().split('?') as [string, string | undefined]
      const asked = new URLSearchParams(query)
      const size = Number(asked.get('PageSize') ?? 50)
      const filters = [...asked].filter(([name]) => name !== 'PageSize').map(([name, value]) => `${name}=${encodeURIComponent(value)}&`)
      const begin = `${parley().url}${address}?${filters.join('')}PageSize=${size}`

      for (const [at, { meta }] of forth.entries()) {
        expect(Object.keys(meta).sort()).toEqual([
          'first_page_url',
          'key',
          'next_page_url',
          'page',
          'page_size',
          'previous_page_url',
          'url',
        ])
        expect(meta).toMatchObject({ page: at, page_size: size, first_page_url: `${begin}&Page=0` })
        expect(meta.url.startsWith(`${begin}&Page=${at}`)).toBe(true)
        if (at === 0) expect(meta.previous_page_url).toBeNull()
        else expect(meta.previous_page_url).toMatch(/&Page=\d+&PageToken=PT[\w-]+$/)
        if (at === forth.length - 1) expect(meta.next_page_url).toBeNull()
        else expect(meta.next_page_url?.startsWith(`${begin}&Page=${at + 1}&PageToken=PT`)).toBe(true)
      }
    })
  })

  it('are in order of creation when nobody asks for another', async () => {
    const { sid } = await api().services.create({ friendlyName: 'In order' })
    const made = []
    for (let at = 0; at < 20; at++) made.push((await api().services(sid).conversations.create()).sid)
    expect((await api().services(sid).conversations.list()).map((one) => one.sid)).toEqual(made)
  })

  it('are sorted: messages by index, filtered conversations newest first', async () => {
    const { forth } = await walk(`/v1/Conversations/${conversation_sid}/Messages?PageSize=100`)
    const ascending = Array.from({ length: count }, (_, at) => at)
    expect(forth.flatMap(items).map(({ index }) => index)).toEqual(ascending)
    const descending = (await walk(`/v1/Conversations/${conversation_sid}/Messages?Order=desc&PageSize=100`)).forth
    expect(descending.flatMap(items).map(({ index }) => index)).toEqual(ascending.toReversed())
    const inactive = (await walk('/v1/Conversations?State=inactive')).forth.flatMap(items).map(({ date_created }) => date_created as string)
    expect(inactive).toEqual(inactive.toSorted().toReversed())
  })

  it('are read whole by the helper library, whatever page size it asks for', async () => {
    const { messages } = api().conversations(conversation_sid)
    expect(await messages.list()).toHaveLength(count)
    expect(await messages.list({ limit: 200 })).toHaveLength(200)
    expect(await messages.list({ pageSize: 7, limit: 20 })).toHaveLength(20)
    expect(await messages.list({ pageSize: 5_000 })).toHaveLength(count)
    const page = await messages.page({ pageSize: 40 })
    const next = await page.nextPage()
    const again = await next?.previousPage()
    expect(again?.instances.map(({ sid }) => sid)).toEqual(page.instances.map(({ sid }) => sid))
  })

  it('go on where they stopped when things before were added or removed meanwhile', async () => {
    const { sid } = await api().conversations.create()
    const { messages } = api().conversations(sid)
    for (let at = 0; at < 6; at++) await messages.create({ body: `${at}` })
    const first = await read(`/v1/Conversations/${sid}/Messages?PageSize=3`)
    await api()
      .conversations(sid)
      .messages((items(first)[2]?.['sid'] as string) ?? '')
      .remove()
    await messages.create({ body: '6' })
    const { forth } = await walk(first.meta.next_page_url ?? '')
    expect(forth.flatMap(items).map(({ body }) => body)).toEqual(['3', '4', '5', '6'])
  })

  it.each([
    ['/v1/Conversations', 100],
    ['/v1/Services', 100],
    ['/v1/Users', 50],
    ['/v1/Roles', 50],
    ['/v1/ParticipantConversations?Identity=nobody', 50],
    ['/v1/Users/user%201/Conversations', 50],
  ])('of %s are cut at %i a page, and 50 are usual', async (path, largest) => {
    const sized = async (size: string) => (await read(`${path}${path.includes('?') ? '&' : '?'}PageSize=${size}`)).meta.page_size
    expect((await read(path)).meta.page_size).toBe(50)
    expect(await sized('1')).toBe(1)
    expect(await sized('101')).toBe(largest)
    expect(await sized('100000000000000000000000000')).toBe(largest)
    expect(await sized('')).toBe(50)
  })

  it.each(['PageSize=0', 'PageSize=-1', 'PageSize=ten', 'PageSize=1.5', 'Page=-1', 'Page=x'])('refuse %s', async (query) => {
    expect(await ask(parley(), `/v1/Conversations?${query}`)).toMatchObject({
      status: 400,
      json: { code: 20001, details: { field: query.split('=')[0] } },
    })
  })

  it('echo the number of a page, which is the caller’s own', async () => {
    expect((await read('/v1/Users?Page=7&PageSize=2')).meta).toMatchObject({ page: 7, page_size: 2 })
  })

  describe('refuse a token that is not theirs', () => {
    const token = (content: unknown) =>
      `PT${Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url')}`
    const sid = `CH${'0'.repeat(32)}`

    it.each([
      ['garbage', 'garbage'],
      ['the letters alone', 'PT'],
      ['no JSON', token('{')],
      ['null', token(null)],
      ['an array', token([sid])],
      ['no cursor', token({ order: 'asc' })],
      ['a cursor that is too short', token({ order: 'asc', cursor: [] })],
      ['a cursor that is too long', token({ order: 'asc', cursor: [sid, sid] })],
      ['a cursor of another kind', token({ order: 'asc', cursor: [5] })],
      ['a cursor with NUL in it', token({ order: 'asc', cursor: ['CH\0'] })],
      ['a cursor with SQL in it', token({ order: 'asc', cursor: ["' or 1=1"] })],
      ['a cursor of objects', token({ order: 'asc', cursor: [{}] })],
      ['another order', token({ order: 'desc', cursor: [sid] })],
      ['a direction that is none', token({ order: 'asc', cursor: [sid], backwards: 'yes' })],
      ['a broken letter', token({ order: 'asc', cursor: [sid] }).replace('PT', 'PU')],
    ])('%s', async (_, said) => {
      expect(await ask(parley(), `/v1/Conversations?PageToken=${encodeURIComponent(said)}`)).toMatchObject({
        status: 400,
        json: { code: 20001, message: 'Invalid page token', details: { field: 'PageToken' } },
      })
    })

    it('a token of the other order, or with other filters', async () => {
      const messages = `/v1/Conversations/${conversation_sid}/Messages`
      const { meta } = await read(`${messages}?PageSize=3`)
      const stolen = new URL(meta.next_page_url ?? '').searchParams.get('PageToken')
      expect((await ask(parley(), `${messages}?Order=desc&PageToken=${stolen}`)).status).toBe(400)
      expect((await ask(parley(), `/v1/Conversations?State=active&PageToken=${stolen}`)).status).toBe(400)
      expect((await ask(parley(), `/v1/Users?PageToken=${stolen}`)).status).toBe(400)
    })
  })
})
