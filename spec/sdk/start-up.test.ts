import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { ask } from '../support/rest.ts'
import { Apps, sdkVersions } from '../support/sdk.ts'

const many = 1_000

/** Far above what it takes on a small machine that is busy: this tells of a disaster, benchmarks tell of speed. */
const longest = 120_000

describe.each(databases)(`An app with ${many} conversations, on %s`, (database) => {
  let parley: Parley
  const apps = new Apps()
  beforeAll(async () => {
    parley = await startParley({ database })
    let next = 0
    // Plainly: the helper library takes longer than the server, and is tried elsewhere.
    const joining = async () => {
      while (next < many) {
        const { json } = await ask(parley, '/v1/Conversations', { form: { FriendlyName: `conversation ${next++}` } })
        const { status } = await ask(parley, `/v1/Conversations/${json.sid}/Participants`, { form: { Identity: 'sociable' } })
        expect(status).toBe(201)
      }
    }
    await Promise.all(Array.from({ length: 20 }, joining))
  }, longest)
  afterAll(async () => {
    await apps.stopAll()
    await parley.close()
  })

  it.each(sdkVersions)(
    'starts with SDK %s, and is told of everything',
    async (version) => {
      const started = performance.now()
      const app = await apps.start({ version, identity: 'sociable', uri: parley.socketUrl, token: parley.token('sociable') })
      const initialised = performance.now()
      await app.sees('all of them', () => (app.all('conversationJoined').length >= many ? true : undefined), longest)
      const listed = performance.now()
      expect(new Set(app.all('conversationJoined').map((conversation) => conversation.sid)).size).toBe(many)

      // Whoever is told of the last change of the last conversation has subscribed to all before.
      const sids = app.all('conversationJoined').map((conversation) => conversation.sid)
      app.forget()
      await Promise.all(
        [sids[0], sids[many / 2], sids.at(-1)].map((sid) =>
          parley.conversations.conversations(sid as string).messages.create({ body: 'hello' }),
        ),
      )
      await app.sees('three messages', () => (app.all('messageAdded').length === 3 ? true : undefined), longest)
      const subscribed = performance.now()
      const seconds = (from: number, to: number) => `${((to - from) / 1_000).toFixed(1)} s`
      console.log(
        `${many} conversations on ${database} with SDK ${version}: ready after ${seconds(started, initialised)}, ` +
          `all listed after ${seconds(started, listed)}, live after ${seconds(started, subscribed)}`,
      )
      await app.shutdown()
    },
    longest,
  )
})
