import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import type { Cursor, Page, PageRequest } from './paging.ts'
import { behindEverySid } from './participants.ts'
import type { ConversationRow, MessageRow } from './schema.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }
const runs = { numRuns: 25 }

const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 4 }))
const take = (stream: fc.Stream<number>) => stream.next().value as number

/** Reads page after page, in one direction, and does something between them. */
async function readAll<R>(
  page: (request: PageRequest) => Promise<Page<R>>,
  limits: fc.Stream<number>,
  { from, backwards = false, between }: { from?: Cursor; backwards?: boolean; between?: () => Promise<void> } = {},
): Promise<R[]> {
  const rows: R[] = []
  let cursor: Cursor | null | undefined = from
  do {
    const limit = take(limits)
    const read = await page({ limit, cursor, backwards })
    expect(read.rows.length).toBeLessThanOrEqual(limit)
    if (backwards) rows.unshift(...read.rows)
    else rows.push(...read.rows)
    cursor = backwards ? read.previous : read.next
    await between?.()
  } while (cursor)
  return rows
}

describe.each(databaseKinds)('lists on %s', (kind) => {
  let world: BareWorld
  beforeAll(async () => {
    world = await BareWorld.open(kind, fresh)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** Conversations of a service of their own, made at these instants: many of them at the same one. */
  async function conversations(instants: readonly number[]): Promise<{ service: string; rows: ConversationRow[] }> {
    const service = world.ids.sid('service')
    const rows = instants.map((date_created) => world.newConversation({ chat_service_sid: service, date_created }))
    await world.store.write(async (tx) => {
      for (const row of rows) await tx.conversations.insert(row)
    })
    return { service, rows }
  }
  const newestFirst = (a: ConversationRow, b: ConversationRow) => b.date_created - a.date_created || (b.sid < a.sid ? -1 : 1)
  const sidsOf = (rows: readonly { sid: string }[]) => rows.map((row) => row.sid)

  it('are the whole list when their pages are joined, whatever the sizes, forwards and backwards', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 15 }), sizes, async (instants, limits) => {
        const { service, rows } = await conversations(instants)
        const inOrder = [...rows].sort(newestFirst)
        const page = (request: PageRequest) => world.store.read.conversations.page({ chat_service_sid: service, start_date: 0 }, request)

        expect(sidsOf(await readAll(page, limits))).toEqual(sidsOf(inOrder))
        const last = inOrder.at(-1)
        if (!last) return
        const before = await readAll(page, limits, { from: [last.date_created, last.sid], backwards: true })
        expect(sidsOf(before)).toEqual(sidsOf(inOrder.slice(0, -1)))
      }),
      runs,
    ))

  it('lead back to where they came from', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { minLength: 2, maxLength: 12 }), sizes, async (instants, limits) => {
        const { service } = await conversations(instants)
        const limit = take(limits)
        const page = (request: Omit<PageRequest, 'limit'>) =>
          world.store.read.conversations.page({ chat_service_sid: service, start_date: 0 }, { ...request, limit })
        const first = await page({})
        expect(first.previous).toBeNull()
        let here = first
        while (here.next) {
          const next = await page({ cursor: here.next })
          if (next.previous === null) throw new Error('There is a page before')
          const back = await page({ cursor: next.previous, backwards: true })
          expect(sidsOf(back.rows)).toEqual(sidsOf(here.rows))
          expect(back.next).toEqual(here.next)
          expect(back.previous === null).toBe(here === first)
          here = next
        }
      }),
      runs,
    ))

  it('show nothing twice and skip nothing that stayed, while others insert and delete', () => {
    const changes = fc.infiniteStream(
      fc.oneof(fc.record({ insert: fc.nat(6) }), fc.record({ remove: fc.nat(100) }), fc.constant(undefined)),
    )
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { minLength: 3, maxLength: 15 }),
        sizes,
        changes,
        fc.boolean(),
        async (instants, limits, stream, dated) => {
          const { service, rows } = await conversations(instants)
          const alive = [...rows]
          const stayed = new Set(sidsOf(rows))
          const between = async () => {
            const change = stream.next().value
            if (change === undefined) return
            if ('insert' in change) {
              const row = world.newConversation({ chat_service_sid: service, date_created: change.insert })
              alive.push(row)
              await world.store.write((tx) => tx.conversations.insert(row))
            } else {
              const [row] = alive.splice(change.remove % alive.length, 1)
              if (!row) return
              stayed.delete(row.sid)
              await world.store.write((tx) => tx.conversations.remove(row, world.clock.now()))
            }
          }
          const filter = dated ? { chat_service_sid: service, end_date: 10 } : { chat_service_sid: service }

          const shown = await readAll((request) => world.store.read.conversations.page(filter, request), limits, { between })

          expect(new Set(sidsOf(shown)).size).toBe(shown.length)
          expect(
            sidsOf(shown)
              .filter((sid) => stayed.has(sid))
              .sort(),
          ).toEqual([...stayed].sort())
          expect(sidsOf(shown)).toEqual(sidsOf([...shown].sort(dated ? newestFirst : (a, b) => (a.sid < b.sid ? -1 : 1))))
        },
      ),
      runs,
    )
  })

  it('hold what lies between two instants, both included, in every state or in one', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(8), { maxLength: 15 }),
        fc.nat(8),
        fc.nat(8),
        sizes,
        async (instants, start_date, end_date, limits) => {
          const { service, rows } = await conversations(instants)
          const closed = rows.filter((_, n) => n % 2 === 0)
          await world.store.write(async (tx) => {
            for (const row of closed) await tx.conversations.save({ ...row, state: 'closed' })
          })
          const within = (row: ConversationRow) => row.date_created >= start_date && row.date_created <= end_date
          const list = (state?: 'closed') =>
            readAll(
              (request) => world.store.read.conversations.page({ chat_service_sid: service, start_date, end_date, state }, request),
              limits,
            )

          expect(sidsOf(await list())).toEqual(sidsOf(rows.filter(within).sort(newestFirst)))
          expect(sidsOf(await list('closed'))).toEqual(sidsOf(closed.filter(within).sort(newestFirst)))
        },
      ),
      runs,
    ))

  describe('of messages', () => {
    /** A conversation with so many messages, of which some were removed. */
    async function messages(
      count: number,
      removed: readonly number[],
    ): Promise<{ sid: string; conversation: ConversationRow; rows: MessageRow[] }> {
      const conversation = await world.conversation()
      const { sid } = conversation
      const sent = await Promise.all(Array.from({ length: count }, (_, n) => world.say(sid, `message ${n}`)))
      const gone = new Set(removed.map((n) => n % Math.max(1, count)))
      for (const { message } of sent) if (gone.has(message.position)) await world.unsay(message)
      return { sid, conversation, rows: sent.map(({ message }) => message).filter((message) => !gone.has(message.position)) }
    }
    const history = [fc.nat(14), fc.array(fc.nat(14), { maxLength: 6 })] as const

    it('are the same in both orders, with gaps where messages were removed', () =>
      fc.assert(
        fc.asyncProperty(...history, sizes, async (count, removed, limits) => {
          const { sid, conversation, rows } = await messages(count, removed)
          const list = (order: 'asc' | 'desc') => readAll((request) => world.store.read.messages.page(conversation, order, request), limits)
          expect(rows).toMatchObject(await list('asc'))
          expect(rows.toReversed()).toMatchObject(await list('desc'))
          expect(await world.store.read.messages.newest(sid)).toEqual(rows.at(-1))
        }),
        runs,
      ))

    it('start at an index, that one included, or at the nearest in their direction', () =>
      fc.assert(
        fc.asyncProperty(
          ...history,
          fc.integer({ min: -2, max: 17 }),
          fc.integer({ min: 1, max: 5 }),
          async (count, removed, from, limit) => {
            const { sid, rows } = await messages(count, removed)
            const read = world.store.read.messages
            expect(await read.from(sid, from, false, limit)).toEqual(rows.filter((row) => row.position >= from).slice(0, limit))
            expect(await read.from(sid, from, true, limit)).toEqual(
              rows
                .filter((row) => row.position <= from)
                .toReversed()
                .slice(0, limit),
            )
          },
        ),
        runs,
      ))
  })

  it('of a roster and of a user’s conversations start at a key, that one included, or at the nearest in their direction', async () => {
    const user = await world.user(`user ${world.ids.uuid()}`)
    const rooms = await Promise.all(Array.from({ length: 5 }, () => world.conversation()))
    const memberships = []
    for (const room of rooms) memberships.push(await world.join(room.sid, user))
    const room = rooms[0] as ConversationRow
    for (let n = 0; n < 5; n++) await world.join(room.sid, await world.user(`other ${n} ${world.ids.uuid()}`))
    await world.leave(memberships[2]!.participant)
    const roster = (await world.store.read.participants.all(room.sid)).sort((a, b) => (a.sid < b.sid ? -1 : 1))
    const mine = memberships.filter((_, n) => n !== 2).map(({ participant }) => participant)

    const { rosterFrom, mineFrom } = world.store.read.participants
    for (const limit of [1, 3, 100]) {
      for (const from of ['', 'MB', ...sidsOf(roster), behindEverySid]) {
        expect(await rosterFrom(room.sid, from, false, limit)).toEqual(roster.filter((row) => row.sid >= from).slice(0, limit))
        expect(await rosterFrom(room.sid, from, true, limit)).toEqual(
          roster
            .filter((row) => row.sid <= from)
            .toReversed()
            .slice(0, limit),
        )
      }
      for (const from of ['', ...sidsOf(rooms), behindEverySid]) {
        const [up, down] = [await mineFrom(user.sid, from, false, limit), await mineFrom(user.sid, from, true, limit)]
        expect(sidsOf(up)).toEqual(sidsOf(mine.filter((row) => row.conversation_sid >= from).slice(0, limit)))
        expect(sidsOf(down)).toEqual(
          sidsOf(
            mine
              .filter((row) => row.conversation_sid <= from)
              .toReversed()
              .slice(0, limit),
          ),
        )
      }
    }
  })

  it('of everything else are joined from their pages too', async () => {
    const service = await world.store.write((tx) => world.insertService(tx))
    const users = Array.from({ length: 7 }, (_, n) => world.newUser(`user ${n}`, { chat_service_sid: service }))
    const roles = Array.from({ length: 5 }, () => world.ids.sid('role'))
    const rooms = Array.from({ length: 6 }, () => world.newConversation({ chat_service_sid: service }))
    await world.store.write(async (tx) => {
      for (const user of users) await tx.users.insert(user)
      for (const room of rooms) await tx.conversations.insert(room)
      for (const sid of roles)
        await tx.roles.insert({
          sid,
          account_sid: world.account_sid,
          chat_service_sid: service,
          friendly_name: '',
          type: 'service',
          permissions: '[]',
          date_created: 0,
          date_updated: 0,
        })
    })
    const phone = `+${world.clock.now()}`
    for (const room of rooms) {
      await world.enter(room.sid, { identity: 'user 0', user_sid: users[0]!.sid })
      await world.enter(room.sid, { type: 'sms', address: phone })
    }
    const limits = fc.sample(sizes, 1)[0]!
    const { users: userLists, roles: roleLists, participants, services, conversations: conversationLists } = world.store.read

    expect(sidsOf(await readAll((request) => userLists.page(service, request), limits))).toEqual(sidsOf(users))
    expect(sidsOf(await readAll((request) => roleLists.page(service, request), limits))).toEqual(roles)
    expect(sidsOf(await readAll((request) => conversationLists.page({ chat_service_sid: service }, request), limits))).toEqual(
      sidsOf(rooms),
    )
    expect(sidsOf(await readAll((request) => services.page(world.account_sid, request), limits))).toContain(service)
    expect(await readAll((request) => participants.page(rooms[0]!.sid, request), limits)).toHaveLength(2)
    const ofUser = await readAll((request) => participants.pageOfUser(users[0]!.sid, request), limits)
    const ofAddress = await readAll((request) => participants.pageOfAddress(service, phone, request), limits)
    for (const memberships of [ofUser, ofAddress]) {
      expect(sidsOf(memberships.map(({ conversation }) => conversation))).toEqual(sidsOf(rooms))
      for (const { conversation, participant } of memberships) {
        expect(conversation).toEqual(await world.get(conversation.sid))
        expect(participant).toEqual(await participants.find(conversation.sid, participant.sid))
      }
    }
  })
})
