import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import { eventually } from '../../../../../spec/support/until.ts'
import { createClock } from '../../base/clock.ts'
import { runJobs } from '../../jobs/runner.ts'
import { BareWorld, databaseKinds } from '../../storage/bare-world.ts'
import { webhooksOf } from '../../storage/conversation-webhooks.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import { sideways } from '../../storage/sideways.ts'
import type { Store } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { discardJob } from '../jobs/run-jobs-again.ts'
import { createConversationWebhook } from './conversation-webhooks.ts'
import { replayHandler, replayJobs } from './replay-messages.ts'

describe.each(databaseKinds)('the replay of messages for a webhook, on %s,', (kind) => {
  let world: BareWorld
  let ctx: Context
  let room: ConversationRow
  let jobs: { close(): Promise<void> }
  let start: () => typeof jobs
  let isBroken = false
  let written = () => {}

  beforeAll(async () => {
    world = await BareWorld.open(kind, { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent })
    room = await world.conversation()
    for (const body of ['one', 'two', 'three']) await world.say(room.sid, body)
    await rows(`update messages set media = '{' where body = 'two'`)
    const { store, clock, ids, log } = world
    const contextOf = (through: Store) =>
      ({ store: through, clock, ids, log, limits: { webhooksPerConversation: 5 }, listeners: { flows: new Map() } }) as unknown as Context
    ctx = contextOf(store)
    const write: Store['write'] = async (work) => {
      if (isBroken) throw new Error('The database is away')
      const result = await store.write(work)
      written()
      return result
    }
    const handler = replayHandler(contextOf({ ...store, read: store.read, write }))
    start = () => runJobs({ store, clock, pacing: createClock(), ids, log }, { [replayJobs]: handler })
    jobs = start()
  })
  afterAll(async () => {
    await jobs?.close()
    await world?.[Symbol.asyncDispose]()
  })

  const webhook = ({ sid } = room) =>
    createConversationWebhook(ctx, sid, {
      target: 'webhook',
      configuration: { url: 'http://127.0.0.1:9/', filters: ['onMessageAdded'], replay_after: 0 },
    })
  const rows = (sql: string) => sideways(world.place.address, sql)
  const jobOf = (webhook_sid: string) => rows(`select sid, state, attempts from jobs where lane = '${replayJobs} ${webhook_sid}'`)
  const tried = (webhook_sid: string, atLeast: number) =>
    eventually(`${atLeast} attempts`, async () => {
      await world.clock.advance(300_000)
      const [job] = await jobOf(webhook_sid)
      return job && Number(job['attempts']) >= atLeast ? job : undefined
    })
  const next = async (sid: string, { sid: conversation_sid } = room) =>
    webhooksOf(await world.get(conversation_sid)).find((one) => one.sid === sid)?.replay_next

  it('is tried for as long as it takes, and goes past a message that cannot be read', async () => {
    isBroken = true
    const { sid } = await webhook()
    expect(await tried(sid, 25)).toMatchObject({ state: 'waiting' })
    expect(await next(sid)).toBe(0)

    isBroken = false
    await eventually('the webhook to have caught up', async () => {
      await world.clock.advance(300_000)
      return (await next(sid)) === null || undefined
    })
    const told = await rows(`select parameters from webhook_deliveries where webhook_sid = '${sid}' order by sid`)
    expect(told.map(({ parameters }) => Object.fromEntries(JSON.parse(String(parameters)))['Body'])).toEqual(['one', 'three'])
    const [two] = await rows(`select sid from messages where body = 'two'`)
    const lines = world.log.lines.filter(({ fields }) => fields['message_sid'] === two?.['sid'])
    expect(lines.map(({ fields }) => fields['webhook_sid'])).toEqual([sid])
  })

  it('that is given up by hand lets the webhook hear of what is new', async () => {
    isBroken = true
    const { sid } = await webhook()
    const job = await tried(sid, 1)
    await discardJob(ctx, world.account_sid, String(job['sid']))
    isBroken = false
    expect(await next(sid)).toBeNull()
    expect(await jobOf(sid)).toEqual([])
  })

  it('that is long ends with the server, and goes on where it was when there is one again', async () => {
    const long = await world.conversation()
    await Promise.all(Array.from({ length: 401 }, () => world.say(long.sid, 'said')))
    const stopped = new Promise<void>((resolve) => {
      written = () => resolve(jobs.close())
    })
    const { sid } = await webhook(long)
    await stopped
    expect(await next(sid, long)).toBe(200)

    written = () => {}
    jobs = start()
    await eventually('the webhook to have caught up', async () => (await next(sid, long)) === null || undefined)
    const told = await rows(`select parameters from webhook_deliveries where webhook_sid = '${sid}' order by sid`)
    const indexes = told.map(({ parameters }) => Number(Object.fromEntries(JSON.parse(String(parameters)))['Index']))
    expect(indexes).toEqual(Array.from({ length: 401 }, (_, n) => n))
  })
})
