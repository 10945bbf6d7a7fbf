import { sql } from 'kysely'
import type { AnnouncedJob, Carried } from './changes.ts'
import { jobColumns, jobLaneColumns, parametersOf, without } from './columns.ts'
import { insertingInto, textsIn } from './json-rows.ts'
import { listing, type Page, type PageRequest } from './paging.ts'
import type { JobLaneRow, JobRow as Row } from './schema.ts'
import { atMost, type Database, type Dialect, type Insertion, statement, type Transaction } from './statement.ts'

/**
 * Work that goes on after a commit (design §8). It is written in the transaction of the change that asks for it, and deleted when it is done.
 *
 * Jobs with the same key stand in one lane, and are done one after the other; a job without a key has a lane of its own. What a node takes to work
 * on, by a lease, is a lane. There is a row in `job_lanes` for every lane with waiting jobs, and for no other: whoever adds a job, and whoever
 * finds that there is none left, holds the lane's row locked while they look. So a lane in which one job waits to be tried again costs nothing,
 * however many stand behind it.
 *
 * Lanes form pools, whose work is limited together: all that goes to one host, say. They are asked for pool by pool, so a pool in which nothing
 * moves keeps nobody else waiting.
 */
export interface NewJob {
  sid: string
  account_sid: string
  /** Who does it: `webhook`, `push`, … */
  kind: string
  /** Jobs of the same kind and key are done in the order in which they were inserted; those without a key at any time. */
  key: string | null
  /** What its work is limited together with, within its kind; all of the kind when absent. */
  pool?: string
  /** JSON. */
  payload: string
  /** What whoever does it would look up, as it is: handed on in memory where that goes, and not stored. */
  carried?: Carried | undefined
  /** Not before this instant. */
  run_at: number
  date_created: number
}

/** The pool's name in the database, among those of other kinds. */
const poolOf = ({ kind, pool = '' }: Pick<NewJob, 'kind' | 'pool'>) => `${kind} ${pool}`
const laneOf = ({ sid, kind, key }: Pick<NewJob, 'sid' | 'kind' | 'key'>) => (key === null ? sid : `${kind} ${key}`)
/** The kind of the jobs in a pool. */
export const kindOfPool = (pool: string) => pool.slice(0, pool.indexOf(' '))

const insertJobs = insertingInto<Omit<Row, 'position'>>('jobs', without(jobColumns, 'position'))
/** Locks the lanes that are there, in the order of the rows; those that need not change stay as they are, with what indexes have of them. */
const openLanes = insertingInto<Omit<JobLaneRow, 'leased_by'>>(
  'job_lanes',
  without(jobLaneColumns, 'leased_by'),
  sql`on conflict (lane) do update set pool = excluded.pool where job_lanes.pool <> excluded.pool`,
)

/** The statements that insert jobs, in their order, and what is to be announced then. */
export function insertionOf(jobs: readonly NewJob[], dialect: Dialect): { insertions: Insertion[]; announced: readonly Announced[] } {
  const rows = jobs.map(
    (job): Row => ({
      position: 0,
      sid: job.sid,
      account_sid: job.account_sid,
      kind: job.kind,
      lane: laneOf(job),
      pool: poolOf(job),
      payload: job.payload,
      state: 'waiting',
      run_at: job.run_at,
      attempts: 0,
      last_error: null,
      date_created: job.date_created,
      date_updated: job.date_created,
    }),
  )
  const lanes = new Map<string, Omit<JobLaneRow, 'leased_by'>>()
  for (const { lane, pool, run_at } of rows) lanes.set(lane, { lane, pool, run_at: lanes.get(lane)?.run_at ?? run_at, leased_until: 0 })
  // In the order in which everybody locks them.
  const opened = [...lanes.values()].sort((one, other) => (one.lane < other.lane ? -1 : 1))
  const insertions = insertJobs(rows, dialect)
  const isNumbered = dialect === 'sqlite'
  if (isNumbered)
    for (const [at, insertion] of insertions.entries())
      insertion.numbered = (position) => {
        ;(rows[at] as Row).position = position
      }
  insertions.push(...openLanes(opened, dialect))
  return { insertions, announced: rows.map((row, at) => ({ row, carried: jobs[at]?.carried, isNumbered })) }
}

interface Announced {
  row: Row
  carried: Carried | undefined
  /** Whether the row has got its position. */
  isNumbered: boolean
}

/** Says, once the commit stands, that there is work. */
export function announce(tx: Pick<Transaction, 'emit'>, inserted: readonly Announced[]): void {
  const due = new Map<string, { run_at: number; jobs: AnnouncedJob[] }>()
  for (const { row, carried, isNumbered } of inserted) {
    const job: AnnouncedJob = isNumbered ? { lane: row.lane, row, carried } : { lane: row.lane }
    const known = due.get(row.pool)
    if (known) {
      known.run_at = Math.min(row.run_at, known.run_at)
      known.jobs.push(job)
    } else due.set(row.pool, { run_at: row.run_at, jobs: [job] })
  }
  for (const [sid, { run_at, jobs }] of due) tx.emit({ object: 'jobs', sid, kind: 'waiting', run_at, jobs })
}

/** A pool in which there are jobs, and when the next of those is due that nobody works on; null when all are worked on. */
export interface WaitingPool {
  pool: string
  run_at: number | null
}

/** Jumps from one pool to the next: the pools are few, and what waits in them may be much. */
const pools = statement<{ alive: number }, WaitingPool>((db, p) => ({
  compile: () =>
    sql<WaitingPool>`with recursive known(pool) as (
      select min(pool) from job_lanes
      union all
      select (select min(pool) from job_lanes where pool > known.pool) from known where known.pool is not null
    )
    select pool, (
      select run_at from job_lanes where job_lanes.pool = known.pool and leased_until <= ${p('alive')} order by run_at limit 1
    ) as run_at from known where pool is not null`.compile(db),
}))

interface Claim {
  pool: string
  now: number
  alive: number
  leased_by: string
  leased_until: number
  limit: number
}

const claim = statement<Claim, { lane: string }>((db, p, dialect) => ({
  compile: () =>
    sql<{ lane: string }>`with due as (
      select lane from job_lanes where pool = ${p('pool')} and run_at <= ${p('now')} and leased_until <= ${p('alive')}
      order by run_at limit ${atMost(p('limit'))} ${dialect === 'postgres' ? sql`for update skip locked` : sql``}
    )
    update job_lanes set leased_by = ${p('leased_by')}, leased_until = ${p('leased_until')}
    where lane in (select lane from due) returning lane`.compile(db),
}))

interface Leased {
  /** JSON list. */
  lanes: string
  leased_by: string
}

const renew = statement<Leased & { leased_until: number }, { lane: string }>((db, p, dialect) => ({
  compile: () =>
    sql<{ lane: string }>`update job_lanes set leased_until = ${p('leased_until')}
      where lane in (${textsIn(p('lanes'), dialect)}) and leased_by = ${p('leased_by')} returning lane`.compile(db),
}))

const lockLeased = statement<Leased, { lane: string }>((db, p, dialect) => ({
  compile: () =>
    sql<{ lane: string }>`select lane from job_lanes where lane in (${textsIn(p('lanes'), dialect)}) and leased_by = ${p('leased_by')}
      order by lane ${dialect === 'postgres' ? sql`for update` : sql``}`.compile(db),
}))
/** The first waiting job of a lane decides when it is due. */
const firstRunAt = sql`(select run_at from jobs where jobs.lane = job_lanes.lane and state = 'waiting' order by position limit 1)`
const release = statement<Leased, unknown>((db, p, dialect) => ({
  compile: () =>
    sql`update job_lanes set leased_by = null, leased_until = 0, run_at = ${firstRunAt}
      where lane in (${textsIn(p('lanes'), dialect)}) and leased_by = ${p('leased_by')} and ${firstRunAt} is not null`.compile(db),
}))
const close = statement<Leased, unknown>((db, p, dialect) => ({
  compile: () => sql`delete from job_lanes where lane in (${textsIn(p('lanes'), dialect)}) and leased_by = ${p('leased_by')}`.compile(db),
}))

const nextOfLane = statement<{ lane: string; after: number; limit: number }, Row>((db, p) =>
  db
    .selectFrom('jobs')
    .select(jobColumns)
    .where('lane', '=', p('lane'))
    .where('position', '>', p('after'))
    .where(sql<boolean>`state = 'waiting'`)
    .orderBy('position')
    .limit(p('limit') as never),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('jobs')
    .set(parametersOf(['state', 'run_at', 'attempts', 'last_error', 'date_updated'], p))
    .where('position', '=', p('position')),
)
const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('jobs').select(jobColumns).where('sid', '=', p('sid')))
const ofAccount = listing<Pick<Row, 'account_sid' | 'state'>, Row>({
  select: (db, p) =>
    db
      .selectFrom('jobs')
      .select(jobColumns)
      .where('account_sid', '=', p('account_sid'))
      .where('state', '=', p('state') as never),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const count = (state: Row['state']) =>
  statement<{ limit: number }, { count: number }>((db, p) => ({
    compile: () =>
      sql<{ count: number }>`select count(*) as count from (
        select 1 from jobs where state = ${sql.lit(state)} limit ${atMost(p('limit'))}
      ) as counted`.compile(db),
  }))
const countWaiting = count('waiting')
const countDead = count('dead')
const hasten = statement<{ lane: string; run_at: number }, unknown>((db, p) =>
  db
    .updateTable('job_lanes')
    .set({ run_at: p('run_at') })
    .where('lane', '=', p('lane'))
    .where('run_at', '>', p('run_at')),
)
/** One that was taken away and asked for again meanwhile has another position. */
const removeDone = statement<{ position: number }, unknown>((db, p) => db.deleteFrom('jobs').where('position', '=', p('position')))
const removeAllDone = statement<{ positions: number[] }, unknown>((db, p) => ({
  compile: () => sql`delete from jobs where position = any(${p('positions')}::bigint[])`.compile(db),
}))
const withdraw = statement<{ sids: string }, unknown>((db, p, dialect) => ({
  compile: () => sql`delete from jobs where sid in (${textsIn(p('sids'), dialect)})`.compile(db),
}))

export const jobReader = (db: Database) => ({
  /** The pools with work. `alive` is now on the machines' clock: leases up to here have run out. */
  pools: (alive: number): Promise<WaitingPool[]> => db.all(pools, { alive }),

  /** The waiting jobs of a lane behind a position, in their order. */
  ofLane: (lane: string, after: number, limit: number): Promise<Row[]> => db.all(nextOfLane, { lane, after, limit }),

  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),

  /** The jobs of an account in a state, in order of creation. */
  page: (of: Pick<Row, 'account_sid' | 'state'>, request: PageRequest): Promise<Page<Row>> => ofAccount(db, of, request),

  /** How many wait, and how many are dead; counted up to `limit`. */
  async counts(limit: number): Promise<Record<Row['state'], number>> {
    const [waiting, dead] = await Promise.all([db.get(countWaiting, { limit }), db.get(countDead, { limit })])
    return { waiting: Number(waiting?.count ?? 0), dead: Number(dead?.count ?? 0) }
  },
})

export const jobWriter = (tx: Transaction) => ({
  /** Asks for work. It begins, at the earliest, when the transaction has committed. */
  async insert(...jobs: NewJob[]): Promise<void> {
    if (jobs.length === 0) return
    const { insertions, announced } = insertionOf(jobs, tx.dialect)
    for (const insertion of insertions) await tx.insert(insertion)
    announce(tx, announced)
  },

  /** Takes lanes of a pool to work on that are due and that nobody works on; those that waited longest. */
  async claim(request: Claim): Promise<string[]> {
    return (await tx.all(claim, request)).map(({ lane }) => lane)
  },

  /** Keeps lanes for longer. @returns those that are still this node's */
  async renew(lanes: readonly string[], leased_by: string, leased_until: number): Promise<string[]> {
    return (await tx.all(renew, { lanes: JSON.stringify(lanes), leased_by, leased_until })).map(({ lane }) => lane)
  },

  /** Lets go of lanes; those without waiting jobs end. */
  async release(lanes: readonly string[], leased_by: string): Promise<void> {
    const leased = { lanes: JSON.stringify(lanes), leased_by }
    // What was inserted before this lock is seen by the statements behind it.
    await tx.run(lockLeased, leased)
    await tx.run(release, leased)
    await tx.run(close, leased)
  },

  /** Takes away jobs that are done. */
  async remove(done: readonly Pick<Row, 'position'>[]): Promise<void> {
    if (tx.dialect === 'postgres') await tx.run(removeAllDone, { positions: done.map(({ position }) => position) })
    else for (const job of done) await tx.run(removeDone, job)
  },

  /** Takes away jobs that are not to be done. */
  async withdraw(sids: readonly string[]): Promise<void> {
    await tx.run(withdraw, { sids: JSON.stringify(sids) })
    tx.emit({ object: 'jobs', sid: '', kind: 'withdrawn' })
  },

  /** Writes how far a job has come. */
  save: (row: Row): Promise<void> => tx.run(save, row),

  /** Has a job done that is dead, or waits for another attempt: from its `run_at` on. It stands where it stood in its lane. */
  async revive(row: Row): Promise<Row> {
    const { lane, pool, run_at } = row
    for (const one of openLanes([{ lane, pool, run_at, leased_until: 0 }], tx.dialect)) await tx.run(one.statement, one.parameters)
    await tx.run(hasten, { lane, run_at })
    await tx.run(save, row)
    tx.emit({ object: 'jobs', sid: pool, kind: 'waiting', run_at, jobs: [{ lane }] })
    return row
  },
  ...jobReader(tx),
})
