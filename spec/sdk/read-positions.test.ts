import { expect, it } from 'vitest'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('Read positions and notification levels', (stage) => {
  const has = (reason: string) => (event: { updateReasons: string[] }) => event.updateReasons.includes(reason)

  async function talkOf(messages: number) {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    for (let number = 0; number < messages; number++) await alice.conversation.sendMessage(`${number}`)
    await bob.app.hears('conversationUpdated', ({ conversation }) => conversation.lastMessage?.index === messages - 1)
    const own = () => stage.parley.conversations.users(bob.identity).userConversations(sid).fetch()
    return { alice, bob, sid, own }
  }
  const notAgain = 2

  it('are unknown until one is set, and so is the count of unread messages', async () => {
    const { bob, own } = await talkOf(2)
    expect(bob.conversation.lastReadMessageIndex).toBeNull()
    expect(await bob.conversation.getUnreadMessagesCount()).toBeNull()
    expect((await own()).lastReadMessageIndex).toBeNull()
  })

  it('are set, and everybody sees how far somebody has read', async () => {
    const { alice, bob, own } = await talkOf(5)

    expect(await bob.conversation.updateLastReadMessageIndex(2)).toBe(2)

    await bob.app.hears('conversationUpdated', has('lastReadMessageIndex'))
    expect(bob.conversation.lastReadMessageIndex).toBe(2)
    const { participant, updateReasons } = await alice.app.hears('participantUpdated')
    expect([participant.identity, participant.lastReadMessageIndex, updateReasons.toSorted()]).toEqual([
      bob.identity,
      2,
      ['dateUpdated', 'lastReadMessageIndex', 'lastReadTimestamp'],
    ])
    expect(participant.lastReadTimestamp).toBeInstanceOf(Date)
    expect(await bob.conversation.getUnreadMessagesCount()).toBe(2)
    expect(await own()).toMatchObject({ lastReadMessageIndex: 2, unreadMessagesCount: 2 })
  })

  it('make no event when the same position is set again', async () => {
    const { alice, bob } = await talkOf(3)
    await bob.conversation.updateLastReadMessageIndex(1)
    await bob.conversation.updateLastReadMessageIndex(1)
    await bob.conversation.advanceLastReadMessageIndex(1)
    await bob.conversation.updateLastReadMessageIndex(2)
    await alice.app.hears('participantUpdated', ({ participant }) => participant.lastReadMessageIndex === 2)
    expect(alice.app.all('participantUpdated')).toHaveLength(notAgain)
    await bob.app.hears(
      'conversationUpdated',
      ({ conversation, updateReasons }) => updateReasons.includes('lastReadMessageIndex') && conversation.lastReadMessageIndex === 2,
    )
    expect(bob.app.all('conversationUpdated').filter(has('lastReadMessageIndex'))).toHaveLength(notAgain)
  })

  it('advance and never go back, unless they are told to', async () => {
    const { bob } = await talkOf(4)
    await bob.conversation.advanceLastReadMessageIndex(3)
    await bob.app.hears('conversationUpdated', has('lastReadMessageIndex'))
    expect(await bob.conversation.advanceLastReadMessageIndex(1)).toBe(0)
    expect(bob.conversation.lastReadMessageIndex).toBe(3)
    expect(await bob.conversation.updateLastReadMessageIndex(0)).toBe(3)
    await bob.app.sees('the position he went back to', () => (bob.conversation.lastReadMessageIndex === 0 ? true : undefined))
  })

  it('are set to the end and taken away', async () => {
    const { alice, bob } = await talkOf(3)
    expect(await bob.conversation.setAllMessagesRead()).toBe(0)
    await alice.app.hears('participantUpdated', ({ participant }) => participant.lastReadMessageIndex === 2)

    await bob.conversation.setAllMessagesUnread()
    await bob.app.sees('no position', () => (bob.conversation.lastReadMessageIndex === null ? true : undefined))
    await alice.app.sees('no position of his', async () => {
      const his = await alice.conversation.getParticipantByIdentity(bob.identity)
      return his?.lastReadMessageIndex === null ? true : undefined
    })
    await bob.app.sees('that nothing is counted', async () =>
      (await bob.conversation.getUnreadMessagesCount()) === null ? true : undefined,
    )
  })

  it('count what others wrote, not what one wrote oneself, and not what was removed', async () => {
    const { alice, bob } = await talkOf(3)
    await bob.conversation.updateLastReadMessageIndex(0)
    await bob.conversation.sendMessage('his own')
    await bob.app.sees('two unread', async () => ((await bob.conversation.getUnreadMessagesCount()) === 2 ? true : undefined))
    const page = await alice.conversation.getMessages()
    await page.items.find((message) => message.index === 1)?.remove()
    await bob.app.sees('one unread', async () => ((await bob.conversation.getUnreadMessagesCount()) === 1 ? true : undefined))
  })

  it('that REST sets reach the apps', async () => {
    const { alice, bob, sid } = await talkOf(2)
    await stage.parley.conversations.users(bob.identity).userConversations(sid).update({ lastReadMessageIndex: 1 })
    await bob.app.sees('the position', () => (bob.conversation.lastReadMessageIndex === 1 ? true : undefined))
    await alice.app.hears('participantUpdated', ({ participant }) => participant.lastReadMessageIndex === 1)
  })

  it('of notifications are muted by their owner, and nobody else hears of it', async () => {
    const { alice, bob, sid, own } = await talkOf(1)
    await bob.conversation.setUserNotificationLevel('muted')
    const { updateReasons } = await bob.app.hears('conversationUpdated', has('notificationLevel'))
    expect(updateReasons).toEqual(['notificationLevel'])
    expect(bob.conversation.notificationLevel).toBe('muted')
    expect((await own()).notificationLevel).toBe('muted')

    await stage.parley.conversations.users(bob.identity).userConversations(sid).update({ notificationLevel: 'default' })
    await bob.app.sees('the default again', () => (bob.conversation.notificationLevel === 'default' ? true : undefined))
    await bob.conversation.sendMessage('everything is heard by now')
    await alice.app.hears('messageAdded', (message) => message.author === bob.identity)
    expect(alice.app.all('participantUpdated')).toEqual([])
    expect(alice.conversation.notificationLevel).toBe('default')
  })

  it('survive a look-up, which overwrites what an app knows', async () => {
    const { bob, sid } = await talkOf(3)
    const uniqueName = stage.name('looked-up')
    await stage.parley.conversations.conversations(sid).update({ uniqueName, attributes: '{"a":{"b":1}}' })
    await bob.conversation.updateLastReadMessageIndex(1)
    await bob.conversation.setUserNotificationLevel('muted')
    await bob.app.sees('all of it', () => {
      const { lastReadMessageIndex, notificationLevel } = bob.conversation
      return bob.conversation.uniqueName === uniqueName && lastReadMessageIndex === 1 && notificationLevel === 'muted' ? true : undefined
    })
    const before = { ...readStateOf(bob.conversation) }
    bob.app.forget()

    expect(await bob.app.client.peekConversationBySid(sid)).toBe(bob.conversation)
    expect(await bob.app.client.getConversationByUniqueName(uniqueName)).toBe(bob.conversation)

    expect(readStateOf(bob.conversation)).toEqual(before)
    expect(bob.app.story('conversationUpdated')).toEqual([])
  })

  const readStateOf = (conversation: Awaited<ReturnType<typeof stage.talk<'bob'>>>['bob']['conversation']) => ({
    friendlyName: conversation.friendlyName,
    uniqueName: conversation.uniqueName,
    attributes: conversation.attributes,
    createdBy: conversation.createdBy,
    dateCreated: conversation.dateCreated?.getTime(),
    dateUpdated: conversation.dateUpdated?.getTime(),
    status: conversation.status,
    lastReadMessageIndex: conversation.lastReadMessageIndex,
    notificationLevel: conversation.notificationLevel,
    state: conversation.state?.current,
    lastMessage: conversation.lastMessage?.index,
  })
})
