import { describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { App, type SdkVersion, sdkVersions } from '../support/sdk.ts'

const second = 1_000
const minute = 60 * second
const identity = 'alice'

/** Each test moves the clock of a server of its own. */
describe.each(databases)('Expiring tokens, on %s', (database) => {
  describe.each(sdkVersions)('with SDK %s', (version) => {
    const open = (parley: Parley, token: string) => new App({ version: version as SdkVersion, uri: parley.socketUrl, identity, token })

    async function start(ttl: number) {
      const parley = await startParley({ database })
      const { sid } = await parley.conversations.conversations.create({ friendlyName: 'talk' })
      await parley.conversations.conversations(sid).participants.create({ identity })
      const app = open(parley, parley.token(identity, { ttl }))
      const conversation = await app.conversation(sid)
      await conversation.getParticipants()
      await conversation.getMessages()
      app.forget()
      return {
        parley,
        app,
        say: (body: string) => parley.conversations.conversations(sid).messages.create({ body }),
        [Symbol.asyncDispose]: async () => {
          await app.shutdown()
          await parley.close()
        },
      }
    }

    it('are announced three minutes before, and a new one in time keeps the connection', async () => {
      await using stage = await start(3_600)
      const { parley, app, say } = stage
      await parley.clock.advance(56 * minute)
      await say('before')
      await app.hears('messageAdded', (message) => message.body === 'before')
      expect(app.story('tokenAboutToExpire')).toEqual([])

      await parley.clock.advance(2 * minute)
      await app.hears('tokenAboutToExpire')
      await app.client.updateToken(parley.token(identity, { ttl: 7_200 }))
      await parley.clock.advance(5 * minute)

      await say('after')
      await app.hears('messageAdded', (message) => message.body === 'after')
      expect(app.story('tokenAboutToExpire', 'tokenExpired', 'connectionStateChanged')).toEqual(['tokenAboutToExpire'])
    })

    it('are announced in the last tenth of a short life', async () => {
      await using stage = await start(600)
      await stage.parley.clock.advance(8.5 * minute)
      await stage.say('before')
      await stage.app.hears('messageAdded')
      expect(stage.app.story('tokenAboutToExpire')).toEqual([])
      await stage.parley.clock.advance(0.75 * minute)
      await stage.app.hears('tokenAboutToExpire')
    })

    it('end the connection, say that they expired, and are healed from the handler', async () => {
      await using stage = await start(600)
      const { parley, app, say } = stage
      app.client.on('tokenExpired', () => void app.client.updateToken(parley.token(identity, { ttl: 7_200 })))

      await parley.clock.advance(11 * minute)
      await say('missed')

      await app.hears('tokenExpired')
      await app.hears('connectionStateChanged', (state) => state === 'connected')
      expect((await app.hears('messageAdded')).body).toBe('missed')
      expect(app.story('tokenExpired', 'messageAdded')).toEqual(['tokenExpired', 'messageAdded 0 missed'])
      expect(app.all('connectionError')).toMatchObject([{ terminal: true, httpStatusCode: 401, errorCode: 20104 }])
    })

    it('before the first connection are refused as expired', async () => {
      await using parley = await startParley({ database })
      const token = parley.token(identity, { ttl: 600 })
      await parley.clock.advance(11 * minute)
      const app = open(parley, token)
      await app.hears('tokenExpired')
      expect(await app.hears('connectionError')).toMatchObject({ terminal: true, httpStatusCode: 401, errorCode: 20104 })
      await app.shutdown()
    })
  })
})
