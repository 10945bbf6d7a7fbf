import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('the conversations of a user, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  let named = 0
  /** A new user in a new conversation. */
  const member = async (conversation: Parameters<ReturnType<typeof api>['conversations']['create']>[0] = {}) => {
    named += 1
    const identity = `member ${named}`
    const { sid } = await api().conversations.create(conversation)
    const participant = await api().conversations(sid).participants.create({ identity })
    const user = await api().users(identity).fetch()
    return { identity, conversation: api().conversations(sid), conversation_sid: sid, participant, user }
  }

  it('are shown as the user has them', async () => {
    const { conversation_sid, participant, user } = await member({
      friendlyName: 'n',
      uniqueName: 'u',
      attributes: '{"a":1}',
      'timers.closed': 'PT10M',
    })
    const { json } = await ask(parley(), `/v1/Users/${user.sid}/Conversations/${conversation_sid}`)
    const conversation = (await ask(parley(), `/v1/Conversations/${conversation_sid}`)).json
    expect(json).toEqual({
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      conversation_sid,
      unread_messages_count: null,
      last_read_message_index: null,
      participant_sid: participant.sid,
      user_sid: user.sid,
      friendly_name: 'n',
      conversation_state: 'active',
      timers: conversation.timers,
      attributes: '{"a":1}',
      date_created: conversation.date_created,
      date_updated: conversation.date_updated,
      created_by: 'system',
      notification_level: 'default',
      unique_name: 'u',
      url: `${parley().url}/v1/Users/${user.sid}/Conversations/${conversation_sid}`,
      links: {
        participant: `${parley().url}/v1/Conversations/${conversation_sid}/Participants/${participant.sid}`,
        conversation: `${parley().url}/v1/Conversations/${conversation_sid}`,
      },
    })
  })

  it('are found by identity and unique name as by SIDs', async () => {
    const { identity, user, conversation_sid } = await member({ uniqueName: 'by any name' })
    for (const [who, which] of [
      [identity, 'by any name'],
      [user.sid, conversation_sid],
    ] as const)
      expect((await api().users(who).userConversations(which).fetch()).conversationSid).toBe(conversation_sid)
  })

  it('count what is unread of others, once a position was set', async () => {
    const { identity, conversation, conversation_sid } = await member()
    for (const author of ['other', identity, 'other', 'other']) await conversation.messages.create({ author, body: author })
    const mine = api().users(identity).userConversations(conversation_sid)

    expect((await mine.fetch()).unreadMessagesCount).toBeNull()
    expect(await mine.update({ lastReadMessageIndex: 0 })).toMatchObject({ lastReadMessageIndex: 0, unreadMessagesCount: 2 })
    expect(await mine.update({ lastReadMessageIndex: 3 })).toMatchObject({ unreadMessagesCount: 0 })
    expect((await conversation.participants(identity).fetch()).lastReadMessageIndex).toBe(3)
    expect((await api().users(identity).userConversations.list())[0]).toMatchObject({ unreadMessagesCount: 0 })
    const { json } = await ask(parley(), (await mine.fetch()).url, { form: { LastReadMessageIndex: '' } })
    expect(json).toMatchObject({ last_read_message_index: null, unread_messages_count: null })
  })

  it('change in notification level and time of reading', async () => {
    const { identity, conversation, conversation_sid } = await member()
    const mine = api().users(identity).userConversations(conversation_sid)
    expect((await mine.update({ notificationLevel: 'muted' })).notificationLevel).toBe('muted')
    expect((await mine.fetch()).notificationLevel).toBe('muted')
    await mine.update({ lastReadTimestamp: new Date('2024-01-02T03:04:05Z'), lastReadMessageIndex: 5, notificationLevel: 'default' })
    expect(await conversation.participants(identity).fetch()).toMatchObject({
      lastReadMessageIndex: 5,
      lastReadTimestamp: '2024-01-02T03:04:05Z',
    })
  })

  it.each([
    ['a level that does not exist', { NotificationLevel: 'loud' }, 400, 50210],
    ['an empty level', { NotificationLevel: '' }, 400, 50210],
    ['an index that is none', { LastReadMessageIndex: 'x' }, 400, 50421],
    ['a time that is none', { LastReadTimestamp: 'x' }, 400, 20001],
    ['nothing', {}, 400, 20161],
  ])('do not change to %s', async (_, form: Record<string, string>, status, code) => {
    const { user, conversation_sid } = await member()
    expect(await ask(parley(), `/v1/Users/${user.sid}/Conversations/${conversation_sid}`, { method: 'POST', form })).toMatchObject({
      status,
      json: { code },
    })
  })

  it('end with the participation, and the participation with them', async () => {
    const { identity, conversation, conversation_sid } = await member()
    const mine = api().users(identity).userConversations(conversation_sid)
    expect(await mine.remove()).toBe(true)
    expect(await conversation.participants.list()).toEqual([])
    const gone = { status: 404, code: 20404 }
    await expect(mine.fetch()).rejects.toMatchObject(gone)
    await expect(mine.update({ notificationLevel: 'muted' })).rejects.toMatchObject(gone)
    await expect(mine.remove()).rejects.toMatchObject(gone)
    expect(await api().users(identity).userConversations.list()).toEqual([])
    expect((await api().users(identity).fetch()).identity).toBe(identity)
  })

  it('are nobody’s who does not exist', async () => {
    const { conversation_sid } = await member()
    const gone = { status: 404, code: 20404 }
    await expect(api().users('nobody').userConversations.list()).rejects.toMatchObject(gone)
    await expect(api().users('nobody').userConversations(conversation_sid).fetch()).rejects.toMatchObject(gone)
    const { identity } = await member()
    await expect(api().users(identity).userConversations('nowhere').fetch()).rejects.toMatchObject(gone)
    await expect(api().users(identity).userConversations(conversation_sid).fetch()).rejects.toMatchObject(gone)
  })

  it('are the same under a service that the path names', async () => {
    const { service_sid } = parley().credentials
    const { identity, user, conversation_sid } = await member()
    const root = `${parley().url}/v1/Services/${service_sid}`
    const users = api().services(service_sid).users(identity)
    const mine = await users.userConversations(conversation_sid).fetch()
    expect(mine.url).toBe(`${root}/Users/${user.sid}/Conversations/${conversation_sid}`)
    expect(mine.links.conversation).toBe(`${root}/Conversations/${conversation_sid}`)
    expect((await users.userConversations.list()).map((one) => one.conversationSid)).toEqual([conversation_sid])
    expect((await users.userConversations(conversation_sid).update({ notificationLevel: 'muted' })).notificationLevel).toBe('muted')
    expect(await users.userConversations(conversation_sid).remove()).toBe(true)
  })
})
