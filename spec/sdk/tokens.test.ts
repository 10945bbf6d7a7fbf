import { expect, it } from 'vitest'
import { refusal } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('Access tokens', (stage) => {
  it('that are refused at the start are refused for good, and the app is told why', async () => {
    const app = stage.open(stage.name('nobody'), { token: stage.parley.token('nobody', { service_sid: `IS${'0'.repeat(32)}` }) })
    const error = await app.hears('connectionError')
    expect(error).toMatchObject({ terminal: true, httpStatusCode: 401, errorCode: 51101 })
    expect(error.message).toContain('Service instance not found')
    await app.hears('stateChanged', (state) => state === 'failed')
    await app.hears('initFailed')
    await app.hears('connectionStateChanged', (state) => state === 'denied')
    expect(app.client.connectionState).toBe('denied')
    expect(app.story('tokenExpired', 'initialized')).toEqual([])
  })

  it('that are healed after a refusal let the app start', async () => {
    const identity = stage.name('healed')
    const app = stage.open(identity, { token: stage.parley.token(identity, { service_sid: `IS${'0'.repeat(32)}` }) })
    await app.hears('connectionStateChanged', (state) => state === 'denied')
    await app.hears('connectionError')
    // This very call rejects inside official SDKs, though it works (wire-protocol §2.5).
    await app.client.updateToken(stage.parley.token(identity)).catch(() => {})
    await app.hears('stateChanged', (state) => state === 'initialized')
    expect((await app.client.getSubscribedConversations()).items).toEqual([])
  })

  it('are updated while connected', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.app.client.updateToken(stage.parley.token(alice.identity, { ttl: 7_200 }))
    await alice.conversation.sendMessage('still here')
    await bob.app.hears('messageAdded')
    expect(alice.app.story('connectionStateChanged', 'connectionError')).toEqual([])
  })

  it('for somebody else are refused: 403, and a good one heals it', async () => {
    const { alice } = await stage.talk('alice')
    await expect(alice.app.client.updateToken(stage.parley.token('somebody else'))).rejects.toThrow()
    await alice.app.hears('connectionStateChanged', (state) => state === 'denied')
    expect(await alice.app.hears('connectionError')).toMatchObject({ terminal: true, httpStatusCode: 403 })
    await alice.app.client.updateToken(stage.parley.token(alice.identity, { ttl: 7_201 }))
    await alice.app.hears('connectionStateChanged', (state) => state === 'connected')
    expect(await alice.conversation.sendMessage('healed')).toBe(0)
  })

  it('of a revoked key end the connection for good', async () => {
    const account = stage.parley.rest.api.v2010.accounts(stage.parley.credentials.account_sid)
    const key = await account.newKeys.create({ friendlyName: 'Revoked' })
    const identity = stage.name('revoked')
    const app = await stage.connect(identity, { token: stage.parley.token(identity, { key }) })
    app.forget()

    await account.keys(key.sid).remove()

    expect(await app.hears('connectionError')).toMatchObject({ terminal: true, httpStatusCode: 401, errorCode: 51115 })
    expect(app.client.connectionState).toBe('denied')
    await app.client.updateToken(stage.parley.token(identity))
    await app.hears('connectionStateChanged', (state) => state === 'connected')
  })

  it('of a deleted user begin a new one', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await alice.conversation.getParticipants()
    const { users } = stage.parley.conversations
    const before = await users(alice.identity).fetch()

    await users(alice.identity).remove()

    await bob.app.hears('participantLeft', (participant) => participant.identity === alice.identity)
    await alice.app.hears('conversationRemoved')
    await alice.app.hears('connectionStateChanged', (state) => state === 'connected')
    expect(await refusal(alice.conversation.sendMessage('I am still here'))).toMatchObject({ status: 403, code: 50430 })
    expect((await users(alice.identity).fetch()).sid).not.toBe(before.sid)

    await stage.parley.conversations.conversations(sid).participants.create({ identity: alice.identity })
    const again = await stage.connect(alice.identity)
    await (await again.conversation(sid)).sendMessage('I am new here')
    await bob.app.hears('messageAdded', (message) => message.author === alice.identity)
  })
})
