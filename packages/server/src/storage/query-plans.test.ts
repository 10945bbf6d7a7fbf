import SQLite from 'better-sqlite3'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld } from './bare-world.ts'
import type { MessageRow } from './schema.ts'
import { everyStatement } from './statement.ts'

/**
 * No statement may cost more the more rows there are of others: each finds its rows by an index, and lists come out of it in their order.
 */
const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

/** Statements that sort, or read a whole table, and why they may. */
const allowed: [RegExp, string][] = [
  [/"owner_account_sid" = "sid"/, 'the account of the first start is asked for once, at a start'],
  [/"owner_account_sid" = .* or "sid" = /, 'somebody looks after a few accounts'],
  [/from "api_keys" where "account_sid" = \S+ order by "date_created"/, 'an account has a few keys'],
  [/as "activity" from "participants"/, 'a user’s own conversations, by their last activity'],
  [/inner join "participants" as "me"/, 'the rosters of one page of a user’s conversations'],
]
const mayCost = (sql: string) => allowed.some(([pattern]) => pattern.test(sql))

const livesOnly = /"?removed_at"? is null/
const withTombstones = /participants_(replay|of_user_replay|left_by_user)|messages_changed/

it('every statement finds its rows by an index on SQLite, and lists come in order', async () => {
  await using world = await BareWorld.open('sqlite', fresh)
  const db = new SQLite(world.place.address.kind === 'sqlite' ? world.place.address.file : '')
  const tables = db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]
  const wrong: unknown[] = []
  for (const statement of everyStatement) {
    const { sql } = statement.compiled('sqlite')
    // Some are written for PostgreSQL alone.
    if (/::|for update|pg_notify/.test(sql)) continue
    const unknown = Array(sql.split('?').length - 1).fill(null)
    const plan = db.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...unknown)
    const bad = plan
      .map(({ detail }) => detail)
      .filter((step) => {
        const [, table = ''] = /^SCAN (\w+)/.exec(step) ?? []
        if (/TEMP B-TREE/.test(step) || (tables.includes(table) && !/USING (COVERING )?INDEX/.test(step))) return !mayCost(sql)
        if (/"state" = \?/.test(sql) && /^select/.test(sql)) return /conversations_by_date/.test(step)
        return livesOnly.test(sql) && /^select/.test(sql) && withTombstones.test(step)
      })
    if (bad.length > 0) wrong.push({ sql, bad })
  }
  db.close()
  expect(wrong).toEqual([])
})

it('no statement is prepared anew by SQLite for the value of its limit', () => {
  const texts = everyStatement.map((statement) => statement.compiled('sqlite').sql)
  expect(texts.filter((sql) => /limit cast\(\? as/.test(sql)).length).toBeGreaterThan(100)
  expect(texts.filter((sql) => /limit \?/.test(sql))).toEqual([])
})

it('every statement finds its rows by an index on PostgreSQL, and lists come in order', async () => {
  await using world = await BareWorld.open('postgres', fresh)
  const db = new pg.Client({ connectionString: world.place.address.kind === 'postgres' ? world.place.address.url : '' })
  await db.connect()
  try {
    await fill(world, db)
    // Where there is a way without, it takes that, however few the rows are.
    await db.query('set enable_seqscan = off; set enable_sort = off; set enable_incremental_sort = off')
    const wrong: unknown[] = []
    for (const statement of everyStatement) {
      const { sql } = statement.compiled('postgres')
      if (/json_each/.test(sql)) continue
      const { rows } = await db.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${sql}`)
      const plan = rows.map((row) => row['QUERY PLAN'])
      const bad = plan.filter((step) => {
        if (/Seq Scan|->\s+Sort|Incremental Sort/.test(step)) return !mayCost(sql)
        return livesOnly.test(sql) && /^select/.test(sql) && withTombstones.test(step)
      })
      if (bad.length > 0) wrong.push({ sql, plan })
    }
    expect(wrong).toEqual([])
  } finally {
    await db.end()
  }
})

/** Rows as a service that is used has them, so that the planner has something to judge by. */
async function fill(world: BareWorld, db: pg.Client): Promise<void> {
  const users = Array.from({ length: 1_000 }, (_, n) => world.newUser(`user ${n}`))
  const rooms = Array.from({ length: 2_000 }, (_, n) =>
    world.newConversation({
      date_created: n,
      state: n % 10 ? 'active' : 'closed',
      date_inactive: n % 7 ? null : n,
      date_closed: n % 5 ? null : n,
    }),
  )
  const participants = rooms.flatMap((room, n) =>
    [0, 1, 2, 3].map((at) => {
      const user = users[(n * 3 + at) % users.length]
      return at === 3
        ? world.newParticipant(room, { type: 'sms', address: `+${n % 500}`, proxy_address: `+${n}`, bound: 1 })
        : world.newParticipant(room, {
            identity: user?.identity ?? null,
            user_sid: user?.sid ?? null,
            event_id: at,
            mine_event_id: n,
            removed_at: at === 2 ? 1 : null,
          })
    }),
  )
  const messages = Array.from({ length: 6_000 }, (_, n): MessageRow => {
    const room = rooms[n % 300]
    const position = Math.floor(n / 300)
    return {
      sid: world.ids.sid('message'),
      account_sid: world.account_sid,
      chat_service_sid: world.service_sid,
      conversation_sid: room?.sid ?? '',
      position,
      author: `user ${n % 7}`,
      participant_sid: null,
      body: 'hello',
      subject: null,
      attributes: '{}',
      media: null,
      content_sid: null,
      delivery: null,
      channel_metadata: null,
      recipients: null,
      last_updated_by: null,
      created_event_id: position + 1,
      event_id: n % 20 ? position + 1 : position + 1_000,
      removed_at: n % 40 ? null : 1,
      date_created: n,
      date_updated: n,
    }
  })
  for (const [table, rows] of Object.entries({ users, conversations: rooms, participants, messages }))
    await db.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`, [JSON.stringify(rows)])
  await db.query('analyze')
}
