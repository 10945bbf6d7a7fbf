import type { Conversation } from '@twilio/conversations'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { lackingInOlderSdk, onPostgresToo } from './older-sdk.ts'
import { type Database, databases, type Parley, startParley } from './parley.ts'
import { type App, Apps, olderSdk, type SdkVersion, sdkVersions } from './sdk.ts'

/** Somebody in a conversation, as their app sees it. */
export interface Seat {
  app: App
  identity: string
  conversation: Conversation
}

export interface ConnectOptions {
  /** Where to connect; the server itself unless said otherwise. */
  uri?: string
  token?: string
  clientOptions?: Record<string, unknown>
}

/** What the tests of a suite share: one server for each database, and what it takes to put people into conversations. */
export interface Stage {
  readonly parley: Parley
  readonly database: Database
  readonly version: SdkVersion
  /** A name that nobody else of the suite has. */
  name(prefix: string): string
  /** A telephone number that nobody else has. */
  phone(): string
  /** A ready app of somebody; they are new unless `identity` names them. */
  connect(identity?: string, options?: ConnectOptions): Promise<App>
  /** The same, without waiting until it is ready. */
  open(identity?: string, options?: ConnectOptions): App
  /** A conversation that people with these names take part in, each with an app of their own. */
  talk<N extends string>(...names: N[]): Promise<Record<N, Seat> & { sid: string }>
  /** Somebody with a conversation that they made themselves and joined, so that they may do everything in it. */
  found(prefix: string): Promise<Seat>
  /** An empty conversation, made by REST, with these people in it. */
  conversation(...identities: string[]): Promise<string>
}

/** Runs a suite with both official SDKs and our own on both databases, and with the generation before as far as that has the feature. */
export function onEveryStage(title: string, tests: (stage: Stage) => void, settings: Record<string, string> = {}): void {
  describe.each(databases)(`${title}, on %s`, (database) => {
    let parley: Parley
    beforeAll(async () => {
      parley = await startParley({ database, settings })
    })
    afterAll(() => parley.close())

    describe.each(sdkVersions)('with SDK %s', (version) => {
      const apps = new Apps()
      afterEach(() => apps.stopAll())
      tests(createStage(() => parley, database, version, apps))
    })

    if (database === 'postgres' && !onPostgresToo.includes(title)) return
    describe(`with SDK ${olderSdk}`, () => {
      const lacking = new Map(Object.entries(lackingInOlderSdk[title] ?? {}))
      const apps = new Apps()
      beforeEach(({ task, skip }) => {
        const reason = lacking.get(task.name)
        if (reason !== undefined) skip(`SDK ${olderSdk} ${reason}`)
      })
      afterEach(() => apps.stopAll())
      tests(createStage(() => parley, database, olderSdk, apps))
    })
  })
}

let names = 0

function createStage(parley: () => Parley, database: Database, version: SdkVersion, apps: Apps): Stage {
  const name = (prefix: string) => `${prefix}-${++names}`
  const appOptions = (identity: string, { uri, token, clientOptions }: ConnectOptions) => ({
    version,
    identity,
    uri: uri ?? parley().socketUrl,
    token: token ?? parley().token(identity),
    ...(clientOptions ? { clientOptions } : {}),
  })
  const connect = (identity = name('somebody'), options: ConnectOptions = {}) => apps.start(appOptions(identity, options))

  async function conversation(...identities: string[]): Promise<string> {
    const { conversations } = parley().conversations
    const { sid } = await conversations.create({ friendlyName: name('conversation') })
    for (const identity of identities) await conversations(sid).participants.create({ identity })
    return sid
  }

  return {
    get parley() {
      return parley()
    },
    database,
    version,
    name,
    phone: () => `+1555${String(++names).padStart(7, '0')}`,
    connect,
    open: (identity = name('somebody'), options = {}) => apps.open(appOptions(identity, options)),
    conversation,
    async found(prefix) {
      const app = await connect(name(prefix))
      const conversation = await app.client.createConversation({ friendlyName: name('founded') })
      await conversation.join()
      await conversation.getMessages()
      app.forget()
      return { app, identity: app.identity, conversation }
    },
    async talk<N extends string>(...prefixes: N[]) {
      const identities = prefixes.map((prefix) => name(prefix))
      const sid = await conversation(...identities)
      const seats = await Promise.all(
        prefixes.map(async (prefix, at): Promise<[N, Seat]> => {
          const identity = identities[at] as string
          const app = await connect(identity)
          return [prefix, { app, identity, conversation: await app.opened(sid) }]
        }),
      )
      for (const [, { app }] of seats) app.forget()
      return { ...Object.fromEntries(seats), sid } as Record<N, Seat> & { sid: string }
    },
  }
}
