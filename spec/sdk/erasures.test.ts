import { expect, it } from 'vitest'
import { ask } from '../support/rest.ts'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('The erasure of a user', (stage) => {
  it('is seen by the others: messages and participant go, the rest stays; the user’s own app is let go', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await bob.conversation.sendMessage('his')
    await alice.conversation.sendMessage('hers')
    await bob.app.hears('messageAdded', ({ body }) => body === 'hers')
    const user = await bob.app.client.getUser(alice.identity)
    const { conversations } = stage.parley
    await conversations.users(alice.identity).update({ friendlyName: 'Alice' })
    await bob.app.hears('userUpdated', ({ user }) => user.friendlyName === 'Alice')
    bob.app.forget()

    const { sid: user_sid } = await conversations.users(alice.identity).fetch()
    await ask(stage.parley, `/v1/Users/${user_sid}/Erasure`, { method: 'POST' })

    expect((await bob.app.hears('participantLeft')).identity).toBe(alice.identity)
    await bob.app.hears('userUpdated')
    expect(user.friendlyName === '' || user.friendlyName === null).toBe(true)
    expect((await bob.app.hears('messageRemoved')).index).toBe(1)
    expect((await bob.conversation.getMessages()).items.map(({ index, body }) => [index, body])).toEqual([[0, 'his']])
    expect(await bob.conversation.getMessagesCount()).toBe(1)
    expect((await bob.conversation.getParticipants()).map(({ identity }) => identity)).toEqual([bob.identity])
    await alice.app.hears('connectionStateChanged', (state) => state !== 'connected')
    // The official SDK leaves an error behind when it is shut down while its socket is opening.
    await alice.app.sees('an end of its tries', () => (alice.app.client.connectionState === 'connecting' ? undefined : true))
    await alice.app.shutdown()

    const late = await stage.connect(stage.name('late'))
    await conversations.conversations(sid).participants.create({ identity: late.identity })
    expect((await (await late.conversation(sid)).getMessages()).items.map(({ index }) => index)).toEqual([0])
  })
})
