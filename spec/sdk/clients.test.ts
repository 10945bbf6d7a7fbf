import type { Participant } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { refusal, sdkOf, stateOf } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('Clients', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)

  it('need the address and a token, and tell how they start', async () => {
    const app = await stage.connect()
    expect(app.story('connectionStateChanged', 'stateChanged', 'initialized', 'initFailed', 'connectionError')).toEqual([
      'connectionStateChanged connecting',
      'connectionStateChanged connected',
      'stateChanged initialized',
      'initialized',
    ])
    expect(app.client.connectionState).toBe('connected')
    expect(app.client.user.identity).toBe(app.identity)
    expect(app.client.version).toBe(sdkOf(stage.version).version)
  })

  it('are made and waited for in one step, as older apps do', async () => {
    const identity = stage.name('older')
    const client = await sdkOf(stage.version).create(stage.parley.token(identity), { Twilsock: { uri: stage.parley.socketUrl } })
    expect(client.user.identity).toBe(identity)
    expect((await client.getSubscribedConversations()).items).toEqual([])
    await client.shutdown()
  })

  it('make the user, when they are the first to use an identity', async () => {
    const app = await stage.connect()
    const user = await stage.parley.conversations.users(app.identity).fetch()
    expect(user.identity).toBe(app.identity)
    const roles = await stage.parley.conversations.roles.list()
    expect(roles.find((role) => role.sid === user.roleSid)?.friendlyName).toBe('service user')
  })

  it('shut down, and are told nothing more', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await bob.app.shutdown()
    await bob.app.hears('connectionStateChanged', (state) => state === 'disconnected')
    bob.app.forget()
    await alice.conversation.sendMessage('anybody there?')
    await alice.app.hears('messageAdded')
    expect(bob.app.story()).toEqual([])
  })

  it('list the conversations of their user, and nothing else', async () => {
    const { alice, sid } = await stage.talk('alice', 'bob')
    await stage.conversation('somebody else')
    const page = await alice.app.client.getSubscribedConversations()
    expect(page.items.map((conversation) => conversation.sid)).toEqual([sid])
    expect([page.hasNextPage, page.hasPrevPage]).toEqual([false, false])
  })

  it('list nothing for somebody new', async () => {
    const app = await stage.connect()
    expect((await app.client.getSubscribedConversations()).items).toEqual([])
  })

  it('hold the conversations that were there before them, with everything in them', async () => {
    const identity = stage.name('late')
    const uniqueName = stage.name('before')
    const { sid } = await stage.parley.conversations.conversations.create({
      friendlyName: 'Before',
      uniqueName,
      attributes: '{"x":[1]}',
      'bindings.email.address': 'before@example.com',
    })
    await rest(sid).participants.create({ identity })
    await rest(sid).messages.create({ body: 'was here' })
    await stage.parley.conversations.users(identity).userConversations(sid).update({ lastReadMessageIndex: 0, notificationLevel: 'muted' })

    const app = await stage.connect(identity)
    const conversation = await app.conversation(sid)

    expect(stateOf(conversation)).toMatchObject({
      sid,
      friendlyName: 'Before',
      uniqueName,
      attributes: { x: [1] },
      createdBy: 'system',
      status: 'joined',
      state: 'active',
      lastMessageIndex: 0,
      lastReadMessageIndex: 0,
      notificationLevel: 'muted',
      bindings: { email: { projected_address: 'before@example.com' } },
    })
    expect(app.story('messageAdded', 'participantJoined')).toEqual([])
  })

  it('find a conversation by its SID', async () => {
    const { alice, sid } = await stage.talk('alice')
    expect(await alice.app.client.getConversationBySid(sid)).toBe(alice.conversation)
    expect(await alice.app.client.peekConversationBySid(sid)).toBe(alice.conversation)
  })

  it('find a conversation by its unique name, whatever signs it has', async () => {
    const { alice, sid } = await stage.talk('alice')
    for (const sign of ['plain', 'with space', 'a/b', '50% ä?x=1&y#z', '中文', 'a+b', 'a=b']) {
      const uniqueName = stage.name(sign)
      await rest(sid).update({ uniqueName })
      expect(await alice.app.client.getConversationByUniqueName(uniqueName)).toBe(alice.conversation)
    }
  })

  it('are refused what is not there, or not theirs, with the JSON error', async () => {
    const app = await stage.connect()
    const foreign = await stage.conversation('somebody else')
    const uniqueName = stage.name('foreign')
    await rest(foreign).update({ uniqueName })
    const nothing = `CH${'0'.repeat(32)}`

    expect(await refusal(app.client.getConversationBySid(nothing))).toMatchObject({ status: 404, code: 50350 })
    expect(await refusal(app.client.peekConversationBySid(nothing))).toMatchObject({ status: 404, code: 50350 })
    expect(await refusal(app.client.getConversationByUniqueName('nothing of this name'))).toMatchObject({ status: 404, code: 50350 })
    expect(await refusal(app.client.getConversationBySid(foreign))).toMatchObject({ status: 403, code: 50430 })
    expect(await refusal(app.client.peekConversationBySid(foreign))).toMatchObject({ status: 403, code: 50430 })
    expect(await refusal(app.client.getConversationByUniqueName(uniqueName))).toMatchObject({ status: 403, code: 50430 })
    expect(await refusal(app.client.getUser('nobody of this name'))).toMatchObject({ status: 404, code: 50200 })
  })

  it('may look at a conversation that they made and did not join', async () => {
    const app = await stage.connect()
    const made = await app.client.createConversation({ friendlyName: 'not joined' })
    const again = await app.client.peekConversationBySid(made.sid)
    expect([again.friendlyName, again.status]).toEqual(['not joined', 'notParticipating'])
    await rest(made.sid).update({ friendlyName: 'renamed' })
    await app.sees('the new name', () => (again.friendlyName === 'renamed' ? true : undefined))
  })

  it('have no content templates where none are made', async () => {
    const app = await stage.connect()
    expect(await app.client.getContentTemplates()).toEqual([])
  })

  it('register devices for push notifications, change them and let them go', async () => {
    const app = await stage.connect()
    await app.client.setPushRegistrationId('fcm', 'device-token-1')
    await app.client.setPushRegistrationId('fcm', 'device-token-2')
    await app.client.setPushRegistrationId('apn', 'device-token-3')
    await app.client.unsetPushRegistrationId('fcm')
    await app.client.removePushRegistrations('apn', 'device-token-3')
  })

  it('say what a push that reached the device tells', async () => {
    const app = await stage.connect()
    const told: unknown[] = []
    app.client.on('pushNotification', ({ type, body, data }) => told.push({ type, body, conversation: data.conversationSid }))
    const conversation_sid = `CH${'a'.repeat(32)}`
    const type = 'twilio.conversations.new_message'
    await app.client.handlePushNotification({ data: { twi_message_type: type, twi_body: 'hello', conversation_sid } })
    await app.client.handlePushNotification({ aps: { alert: 'again' }, twi_message_type: type, conversation_sid })
    expect(told).toEqual(['hello', 'again'].map((body) => ({ type, body, conversation: conversation_sid })))
    const broken = { twi_message_type: type, twi_body: 'with a file', media: '{"sid":' }
    expect(sdkOf(stage.version).parsePushNotification({ data: broken })).toMatchObject({ body: 'with a file', data: {} })
    await expect(app.client.handlePushNotification({ data: { twi_body: 'of another service' } })).rejects.toThrow()
  })

  it('name the notifications that they read', () => {
    const named: string[] = []
    const registration = { populateInitRegistrations: (types: string[]) => named.push(...types) }
    sdkOf(stage.version).populateInitRegistrations(registration as never)
    const objects = ['com.twilio.rtd.cds.document', 'com.twilio.rtd.cds.list', 'com.twilio.rtd.cds.map']
    expect(named).toEqual(['twilio.ipmsg.typing_indicator', 'twilio.sync.event', ...objects])
  })

  it('refuse arguments of the wrong kind before anything is sent, and say which', async () => {
    const { app, conversation } = await stage.found('caller')
    const { client } = app
    await conversation.sendMessage('a message')
    const message = await app.hears('messageAdded')
    const [me] = await conversation.getParticipants()
    const build = () => conversation.prepareMessage()
    type Call = (value: never) => unknown
    const [noText, noJson] = [
      [undefined, null, 5, {}, []],
      [undefined, () => 1, 10n],
    ]
    const noName = [...noText, '']
    const noMedia = [undefined, 5, [], {}, { media: 'x' }, { contentType: 'text/plain' }]
    const noIndex = [-1, 1.5, '5']

    const refusing: [call: Call, position: number, values: unknown[]][] = [
      [(value) => client.updateToken(value), 1, noName],
      [(value) => client.getConversationBySid(value), 1, noName],
      [(value) => client.peekConversationBySid(value), 1, noName],
      [(value) => client.getConversationByUniqueName(value), 1, noName],
      [(value) => client.getUser(value), 1, noName],
      [(value) => client.createConversation(value), 1, [null, 'x', 5, []]],
      [(friendlyName) => client.createConversation({ friendlyName }), 1, [null, 5, {}]],
      [(uniqueName) => client.createConversation({ uniqueName }), 1, [null, 5, {}]],
      [(value) => client.setPushRegistrationId(value, 'x'), 1, [...noName, 'pigeon']],
      [(value) => client.setPushRegistrationId('fcm', value), 2, noName],
      [(value) => client.unsetPushRegistrationId(value), 1, [...noName, 'pigeon']],
      [(value) => client.removePushRegistrations(value, 'x'), 1, [...noName, 'pigeon']],
      [(value) => client.removePushRegistrations('fcm', value), 2, noName],
      [(value) => client.getTemporaryContentUrlsForMediaSids(value), 1, [...noText, 'x', [5]]],
      [(value) => client.getTemporaryContentUrlsForMedia(value), 1, [...noText, 'x', [{}]]],
      [(value) => message.getTemporaryContentUrlsForMediaSids(value), 1, [...noText, 'x', [5]]],
      [(value) => message.getTemporaryContentUrlsForMedia(value), 1, [...noText, 'x', [{}]]],
      [(value) => conversation.add(value), 1, noName],
      [(value) => conversation.add('x', value), 2, noJson.slice(1)],
      [(value) => conversation.addNonChatParticipant(value, '+15550000001'), 1, noName],
      [(value) => conversation.addNonChatParticipant('+15005550006', value), 2, noName],
      [(value) => conversation.addNonChatParticipant('+15005550006', '+15550000001', value), 3, noJson.slice(1)],
      [(value) => conversation.advanceLastReadMessageIndex(value), 1, [undefined, null, ...noIndex]],
      [(value) => conversation.updateLastReadMessageIndex(value), 1, [undefined, ...noIndex]],
      [(value) => conversation.getMessages(value), 1, [null, 0, ...noIndex]],
      [(value) => conversation.getMessages(10, value), 2, noIndex],
      [(value) => conversation.getMessages(10, 0, value), 3, [null, 5, 'up']],
      [(value) => conversation.getParticipantBySid(value), 1, noName],
      [(value) => conversation.getParticipantByIdentity(value), 1, noName],
      [(value) => conversation.removeParticipant(value), 1, noName],
      [
        (value) => conversation.sendMessage(value),
        1,
        [...noMedia, { contentType: 'text/plain', media: '' }, { contentType: null, media: 'x' }],
      ],
      [(value) => conversation.sendMessage('x', value), 2, noJson.slice(1)],
      [(value) => conversation.sendMessage('x', {}, value), 3, [5, 'x', []]],
      [(subject) => conversation.sendMessage('x', {}, { subject }), 3, [null, '', 5, {}]],
      [(value) => conversation.setUserNotificationLevel(value), 1, [...noName, 'loud']],
      [(value) => conversation.updateAttributes(value), 1, noJson],
      [(value) => conversation.updateFriendlyName(value), 1, noText],
      [(value) => conversation.updateUniqueName(value), 1, [undefined, 5, {}]],
      [(value) => message.updateBody(value), 1, noText],
      [(value) => message.updateAttributes(value), 1, noJson],
      [(value) => (me as Participant).updateAttributes(value), 1, noJson],
      [(value) => client.user.updateAttributes(value), 1, noJson],
      [(value) => client.user.updateFriendlyName(value), 1, noText],
    ]
    for (const [call, position, values] of refusing)
      for (const value of values)
        await expect(call(value as never), `${call} with ${String(value)}`).rejects.toThrow(new RegExp(`^Argument ${position} `))

    const throwing: [call: Call, position: number, values: unknown[]][] = [
      [(value) => new (sdkOf(stage.version))(value, { Twilsock: { uri: stage.parley.socketUrl } }), 1, noName],
      [(value) => message.getEmailBody(value), 1, [null, 5, '']],
      [(value) => message.getEmailHistory(value), 1, [null, 5, '']],
      [(value) => build().setBody(value), 1, noText],
      [(value) => build().setSubject(value), 1, noText],
      [(value) => build().setAttributes(value), 1, noJson],
      [(value) => build().setEmailBody(value, { contentType: 'text/plain', media: 'x' }), 1, noText],
      [(value) => build().setEmailBody('text/plain', value), 2, [null, ...noMedia]],
      [(value) => build().setEmailHistory('text/plain', value), 2, [null, ...noMedia]],
      [(value) => build().setContentTemplate(value), 1, noText],
      [(value) => build().setContentTemplate('HX', value), 2, [null, 5, ['x']]],
      [(value) => build().addMedia(value), 1, [null, ...noMedia]],
    ]
    for (const [call, position, values] of throwing)
      for (const value of values)
        expect(() => call(value as never), `${call} with ${String(value)}`).toThrow(new RegExp(`^Argument ${position} `))
    expect(() => build().setEmailBody('x/y', { contentType: 'x/y', media: 'x' }).build()).toThrow('x/y')
    expect(() => build().setEmailHistory('x/y', { contentType: 'x/y', media: 'x' }).build()).toThrow('x/y')
  })

  it('take what is good enough, too', async () => {
    const { app, conversation } = await stage.found('generous')
    const date = new Date(0)
    await app.client.createConversation({ access: null as never, attributes: date as never })
    await conversation.sendMessage('dated', date as never, null as never)
    expect((await app.hears('messageAdded')).attributes).toBe(date.toJSON())
    await conversation.addNonChatParticipant('+15005550006', stage.phone(), [undefined] as never, null as never)
    expect((await app.hears('participantJoined', ({ type }) => type === 'sms')).attributes).toEqual([null])
    expect((await conversation.getMessageRecipients(null as never)).items).toEqual([])
    const byOtherName = { twilsock: { uri: stage.parley.socketUrl } }
    const other = await sdkOf(stage.version).create(stage.parley.token(app.identity), byOtherName as never)
    expect((await other.getSubscribedConversations()).items.map(({ sid }) => sid)).toEqual([conversation.sid])
    await other.shutdown()
    conversation.prepareMessage().setContentTemplate('').setEmailBody('text/plain', { contentType: null, media: '' }).build()
  })

  it('of one user all hear the same', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    const phone = await stage.connect(alice.identity)
    const onPhone = await phone.opened(sid)

    await alice.conversation.sendMessage('from the desk')
    await phone.hears('messageAdded', (message) => message.body === 'from the desk')
    await onPhone.sendMessage('from the phone')
    await alice.app.hears('messageAdded', (message) => message.body === 'from the phone')
    await onPhone.updateLastReadMessageIndex(1)
    await alice.app.hears('conversationUpdated', ({ updateReasons }) => updateReasons.includes('lastReadMessageIndex'))
    await alice.conversation.setUserNotificationLevel('muted')
    await phone.hears('conversationUpdated', ({ updateReasons }) => updateReasons.includes('notificationLevel'))
    await bob.app.hears('messageAdded', (message) => message.index === 1)

    await onPhone.leave()
    await alice.app.hears('conversationRemoved', (conversation) => conversation.sid === sid)
    await rest(sid).participants.create({ identity: alice.identity })
    for (const app of [alice.app, phone])
      await app.hears('conversationJoined', (conversation) => conversation !== alice.conversation && conversation !== onPhone)
  })
})
