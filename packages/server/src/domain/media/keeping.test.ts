import type { MessageMedia } from '@parley/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { BareWorld } from '../../storage/bare-world.ts'
import type { BlobStore } from '../../storage/blobs/blob-store.ts'
import type { ConversationRow, MediaRow, MessageRow } from '../../storage/schema.ts'
import { sideways } from '../../storage/sideways.ts'
import type { AccountActor } from '../access.ts'
import type { Context } from '../context.ts'
import { attachMedia } from './attach-media.ts'
import { collectMedia } from './collect-media.ts'
import { uploadMedia } from './upload-media.ts'

const hour = 3_600_000

type Step =
  | {
      kind: 'upload' | 'collect' | 'remove the room' | 'killed' | 'files fail' | 'files work' | 'the database fails' | 'the database works'
    }
  | { kind: 'goes on' | 'ends' | 'breaks off'; at: number }
  | { kind: 'send'; at: number[] }
  | { kind: 'delete'; at: number }
  | { kind: 'time passes'; hours: number }
  | { kind: 'turns'; turns: number }

const only = <K extends Step['kind']>(...kinds: K[]) => fc.record({ kind: fc.constantFrom(...kinds) })
const step = fc.oneof(
  { weight: 5, arbitrary: only('upload') },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('goes on' as const, 'ends' as const, 'ends' as const, 'breaks off' as const),
      at: fc.nat(2),
    }),
  },
  { weight: 5, arbitrary: only('collect') },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), at: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time passes' as const), hours: fc.constantFrom(1, 25) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turns' as const), turns: fc.constantFrom(2, 8, 20, 40) }) },
  { weight: 1, arbitrary: only('remove the room', 'killed') },
  { weight: 1, arbitrary: only('files fail', 'files work', 'the database fails', 'the database works') },
) as fc.Arbitrary<Step>

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const never = () => new Promise<never>(() => {})

/** The bytes of an upload, that come when the story says so. */
class Sending implements AsyncIterable<Buffer> {
  #waiting = () => {}
  #next: 'chunk' | 'end' | 'break' | undefined

  say(next: 'chunk' | 'end' | 'break'): void {
    this.#next = next
    this.#waiting()
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      while (!this.#next) await new Promise<void>((resolve) => (this.#waiting = resolve))
      const next = this.#next
      this.#next = undefined
      if (next === 'break') throw new Error('The upload broke off')
      if (next === 'end') return
      yield Buffer.from('bytes')
    }
  }
}

/** A process, until it is killed. */
interface Process {
  isKilled: boolean
  ctx: Context
}

/** What becomes of files, whatever happens. */
class Story {
  /** What is on the disk; a file is there when all of it was written. */
  readonly files = new Set<string>()
  readonly uploaded: MediaRow[] = []
  readonly sent: MessageRow[] = []
  readonly wrong: string[] = []
  /** Files that a message has, or had. */
  readonly #taken = new Set<string>()
  readonly #sendings: Sending[] = []
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #actor: AccountActor
  room!: ConversationRow
  #process: Process
  #filesFail = false
  #databaseFails = false
  #at = 0

  constructor(
    readonly world: BareWorld,
    private readonly pauses: readonly number[],
  ) {
    this.#actor = { kind: 'account', account_sid: world.account_sid, webhooks: false }
    this.#process = this.#start()
  }

  #start(): Process {
    const { world } = this
    const process: Process = { isKilled: false, ctx: undefined as never }
    const { store } = world
    const through = async <T>(work: () => Promise<T>): Promise<T> => {
      await this.#pause()
      if (process.isKilled) return never()
      if (this.#databaseFails) throw new Error('The database is away')
      const answer = await work()
      await this.#pause()
      return process.isKilled ? never() : answer
    }
    const onDisk = async <T>(work: () => T): Promise<T> => {
      await this.#pause()
      if (process.isKilled) return never()
      if (this.#filesFail) throw new Error('The disk fails')
      return work()
    }
    const blobs = {
      write: async (key: string, content: AsyncIterable<Buffer>) => {
        for await (const _ of content);
        await onDisk(() => this.files.add(key))
      },
      remove: (key: string) => onDisk(() => void this.files.delete(key)),
    } as unknown as BlobStore
    const media = { ...store.read.media, due: (now: number, limit: number) => through(() => store.read.media.due(now, limit)) }
    process.ctx = {
      store: {
        ...store,
        read: { ...store.read, media },
        write: (work: Parameters<typeof store.write>[0]) => through(() => store.write(work)),
      },
      clock: world.clock,
      log: world.log,
      ids: world.ids,
      limits: { mediaMegabytes: 1, mediaPerMessage: 10, mediaMegabytesPerMessage: 10 },
      media: { blobs },
    } as unknown as Context
    return process
  }

  async #pause(): Promise<void> {
    const turns = this.pauses[this.#at++ % this.pauses.length] ?? 0
    for (let n = 0; n < turns; n++) await turn()
  }

  #begin(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work.catch(() => {}).finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  async start(): Promise<void> {
    this.room = await this.world.conversation()
  }

  async take(step: Step): Promise<void> {
    const { world } = this
    switch (step.kind) {
      case 'upload':
        this.#upload()
        break
      case 'goes on':
      case 'ends':
      case 'breaks off':
        this.#sendings[step.at]?.say(step.kind === 'goes on' ? 'chunk' : step.kind === 'ends' ? 'end' : 'break')
        break
      case 'send':
        await this.#send([...new Set(step.at.flatMap((at) => this.uploaded.at(-1 - at)?.sid ?? []))])
        break
      case 'delete': {
        const row = this.sent.splice(step.at, 1)[0]
        if (row) await world.unsay(row)
        break
      }
      case 'collect':
        this.#begin(collectMedia(this.#process.ctx))
        break
      case 'remove the room': {
        const { sid } = this.room
        await world.store.write(async (tx) => {
          const room = (await tx.conversations.lock(sid)) as ConversationRow
          await tx.conversations.remove(room, world.clock.now())
        })
        this.sent.length = 0
        this.room = await world.conversation()
        while (await world.store.write((tx) => tx.purges.portion(100)));
        break
      }
      case 'time passes':
        await world.clock.advance(step.hours * hour)
        break
      case 'turns':
        for (let n = 0; n < step.turns; n++) await turn()
        break
      case 'killed':
        this.#process.isKilled = true
        this.#underWay.clear()
        this.#process = this.#start()
        break
      case 'files fail':
      case 'files work':
        this.#filesFail = step.kind === 'files fail'
        break
      case 'the database fails':
      case 'the database works':
        this.#databaseFails = step.kind === 'the database fails'
    }
  }

  #upload(): void {
    const sending = new Sending()
    this.#sendings.unshift(sending)
    const process = this.#process
    const upload = {
      category: 'media' as const,
      filename: 'file',
      content_type: 'text/plain',
      is_multipart_upstream: false,
      content: sending,
    }
    const uploading = uploadMedia(process.ctx, this.#actor, this.world.service_sid, upload)
    this.#begin(uploading.then((row) => process.isKilled || this.uploaded.push(row)))
  }

  async #send(sids: readonly string[]): Promise<void> {
    if (sids.length === 0) return
    const { world, room } = this
    const saying = world.saying(room.sid, 'with files')
    const sending = world.store.append({
      ...saying,
      media_sids: sids,
      decide: (conversation, sender, rows) => {
        const { limits } = this.#process.ctx
        const media = attachMedia({ limits, now: world.clock.now() }, this.#actor, conversation, sids, rows)
        const draft = saying.decide(conversation, sender, rows)
        return { ...draft, message: { ...draft.message, media: JSON.stringify(media) } }
      },
    })
    await sending
      .then(({ message }) => {
        this.sent.push(message)
        for (const sid of sids) this.#taken.add(sid)
      })
      .catch(() => {})
    this.check()
  }

  /** Whatever a message has is there, and what was uploaded and is not sent yet, for a day. */
  check(): void {
    const now = this.world.clock.now()
    for (const { sid, blob_key, expires_at } of this.uploaded)
      if (!this.#taken.has(sid) && (expires_at ?? 0) > now && !this.files.has(blob_key)) this.wrong.push(`The file ${sid} was acknowledged`)
    const needed = this.sent.flatMap(({ media }) => JSON.parse(media as string) as MessageMedia[])
    for (const { sid } of needed) if (!this.files.has(`${sid.slice(-2)}/${sid}`)) this.wrong.push(`A message lacks the file ${sid}`)
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** Lets everything come to its end, and two days pass. */
  async end(): Promise<void> {
    this.#filesFail = false
    this.#databaseFails = false
    for (const sending of this.#sendings) sending.say('break')
    await this.settled()
    await this.world.clock.advance(48 * hour)
    await collectMedia(this.#process.ctx)
    await this.world.clock.advance(48 * hour)
    while (await collectMedia(this.#process.ctx));
    this.check()
  }
}

let world: BareWorld
beforeAll(async () => {
  world = await BareWorld.open('sqlite', {
    freshDatabase: () => Promise.reject(new Error('SQLite needs none')),
    parent: dataParent,
    synchronous: 'normal',
  })
})
afterAll(() => world[Symbol.asyncDispose]())

describe('an upload that outlasts the time for which its place is kept', () => {
  it('is refused, and nothing is left of it', async () => {
    await sideways(world.place.address, 'delete from media')
    const story = new Story(world, [1])
    await story.start()
    for (const one of [
      { kind: 'upload' },
      { kind: 'turns', turns: 20 },
      { kind: 'time passes', hours: 25 },
      { kind: 'collect' },
      { kind: 'turns', turns: 40 },
      { kind: 'ends', at: 0 },
    ] as const)
      await story.take(one)
    await story.settled()
    expect(await sideways(world.place.address, 'select sid from media')).toEqual([])
    expect(story.uploaded).toEqual([])
    expect(story.files).toEqual(new Set())
  })
})

describe('files, whatever happens in whatever order,', () => {
  it('are kept as long as a message has them, and not for ever when none does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.array(fc.nat(4), { minLength: 1, maxLength: 10 }), async (steps, pauses) => {
        await sideways(world.place.address, 'delete from media')
        const story = new Story(world, pauses)
        await story.start()
        for (const one of steps) {
          await story.take(one)
          story.check()
        }
        await story.end()
        const rows = await sideways(world.place.address, 'select sid from media')
        const needed = story.sent.flatMap(({ media }) => (JSON.parse(media as string) as MessageMedia[]).map(({ sid }) => sid)).sort()
        expect(story.wrong).toEqual([])
        expect(rows.map(({ sid }) => sid).sort()).toEqual(needed)
        expect([...story.files].map((key) => key.slice(3)).sort()).toEqual(needed)
      }),
      { numRuns: 40 },
    )
  })
})
