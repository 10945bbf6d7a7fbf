import type { Message } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { messageState, refusal } from '../support/sdk.ts'
import { onEveryStage, type Seat } from '../support/stage.ts'

onEveryStage('Messages', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)
  const has = (reason: string) => (event: { updateReasons: string[] }) => event.updateReasons.includes(reason)

  async function send({ app, conversation }: Seat, body: string): Promise<Message> {
    await conversation.sendMessage(body)
    return app.hears('messageAdded', (message) => message.body === body)
  }

  it('arrive whole: text, attributes, author, index, dates', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    const body = 'Zwölf Boxkämpfer 🥊\nin\ttwo lines "quoted" \u2028 <b>'

    const index = await alice.conversation.sendMessage(body, { tags: ['a', 'b'], n: 1.5, deep: { yes: true } })

    const [sent, received] = await Promise.all([alice.app.hears('messageAdded'), bob.app.hears('messageAdded')])
    expect(index).toBe(0)
    const me = await alice.conversation.getParticipantByIdentity(alice.identity)
    for (const message of [sent, received]) {
      expect(messageState(message)).toEqual({
        sid: sent.sid,
        index: 0,
        author: alice.identity,
        body,
        subject: null,
        attributes: { tags: ['a', 'b'], n: 1.5, deep: { yes: true } },
        type: 'text',
        participantSid: me?.sid,
        lastUpdatedBy: null,
        dateCreated: expect.any(Date),
        dateUpdated: expect.any(Date),
      })
    }
    expect((await received.getParticipant()).identity).toBe(alice.identity)
    const [stored] = await rest(sid).messages.list()
    expect(stored).toMatchObject({ sid: sent.sid, index: 0, author: alice.identity, body, participantSid: me?.sid })
  })

  it('get indexes that grow by one', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    for (const expected of [0, 1, 2, 3]) {
      const sender = expected % 2 === 0 ? alice : bob
      expect(await sender.conversation.sendMessage(`number ${expected}`)).toBe(expected)
    }
  })

  it('are built, with a subject', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const index = await alice.conversation
      .prepareMessage()
      .setBody('built')
      .setSubject('About')
      .setAttributes({ built: true })
      .buildAndSend()
    expect(index).toBe(0)
    const received = await bob.app.hears('messageAdded')
    expect([received.body, received.subject, received.attributes]).toEqual(['built', 'About', { built: true }])

    expect(await alice.conversation.prepareMessage().setBody('built and kept').build().send()).toBe(1)
  })

  it('that REST sends arrive with their author', async () => {
    const { alice, sid } = await stage.talk('alice')
    await rest(sid).messages.create({ body: 'from the machine room', attributes: '{"bot":true}' })
    await rest(sid).messages.create({ author: alice.identity, body: 'in her name' })

    const first = await alice.app.hears('messageAdded', (message) => message.index === 0)
    expect([first.author, first.participantSid, first.attributes]).toEqual(['system', null, { bot: true }])
    const second = await alice.app.hears('messageAdded', (message) => message.index === 1)
    expect([second.author, (await second.getParticipant()).identity]).toEqual([alice.identity, alice.identity])
  })

  it('are edited by whoever wrote them; everybody sees what changed, and who did it', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const mine = await send(alice, 'a mistake')
    await bob.app.hears('messageAdded')

    await mine.updateBody('corrected')
    await bob.app.hears('messageUpdated', has('body'))
    await mine.updateAttributes({ edited: 1 })
    const { message } = await bob.app.hears('messageUpdated', has('attributes'))
    await mine.updateBody('corrected again')
    await bob.app.hears('messageUpdated', ({ message }) => message.body === 'corrected again')

    expect(bob.app.story('messageUpdated')).toEqual([
      'messageUpdated 0 corrected [body,dateUpdated,lastUpdatedBy]',
      'messageUpdated 0 corrected [attributes,dateUpdated]',
      'messageUpdated 0 corrected again [body,dateUpdated]',
    ])
    expect([message.body, message.attributes, message.lastUpdatedBy, message.author]).toEqual([
      'corrected again',
      { edited: 1 },
      alice.identity,
      alice.identity,
    ])
  })

  it('tell of changes that REST made: subject, author, dates, attributes and body at once', async () => {
    const { alice, sid } = await stage.talk('alice')
    const message = await send(alice, 'as it was')

    await rest(sid).messages(message.sid).update({ subject: 'Subject' })
    await alice.app.hears('messageUpdated', has('subject'))
    await rest(sid).messages(message.sid).update({ author: 'somebody else' })
    await alice.app.hears('messageUpdated', has('author'))
    await rest(sid)
      .messages(message.sid)
      .update({ dateCreated: new Date('2021-02-03T04:05:06Z') })
    await alice.app.hears('messageUpdated', has('dateCreated'))
    await rest(sid).messages(message.sid).update({ body: 'as it is', attributes: '{"x":1}' })
    await alice.app.hears('messageUpdated', has('body'))

    expect(alice.app.all('messageUpdated').map(({ updateReasons }) => updateReasons.toSorted())).toEqual([
      ['dateUpdated', 'lastUpdatedBy', 'subject'],
      ['author', 'dateUpdated'],
      ['dateCreated', 'dateUpdated'],
      ['attributes', 'body', 'dateUpdated'],
    ])
    expect(messageState(message)).toMatchObject({
      subject: 'Subject',
      author: 'somebody else',
      body: 'as it is',
      attributes: { x: 1 },
      lastUpdatedBy: 'system',
      dateCreated: new Date('2021-02-03T04:05:06Z'),
    })
  })

  it('keep their attributes when only the text changes, and their text when only attributes change', async () => {
    const { alice, sid } = await stage.talk('alice')
    await alice.conversation.sendMessage('text', { keep: true })
    const message = await alice.app.hears('messageAdded')
    await rest(sid).messages(message.sid).update({ body: 'new text' })
    await alice.app.hears('messageUpdated', has('body'))
    expect(message.attributes).toEqual({ keep: true })
    await message.updateAttributes({ keep: 'this' })
    await alice.app.hears('messageUpdated', has('attributes'))
    expect(message.body).toBe('new text')
  })

  it('are removed: everybody sees it, their index stays empty', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await send(alice, 'zero')
    const one = await send(alice, 'one')
    await send(alice, 'two')
    await bob.app.hears('messageAdded', (message) => message.index === 2)

    await one.remove()

    expect((await bob.app.hears('messageRemoved')).sid).toBe(one.sid)
    expect((await bob.conversation.getMessages()).items.map((message) => message.index)).toEqual([0, 2])
    expect((await rest(sid).messages.list()).map((message) => message.index)).toEqual([0, 2])
    expect(await alice.conversation.sendMessage('three')).toBe(3)
    expect(await alice.conversation.getMessagesCount()).toBe(3)
    expect(await refusal(one.updateBody('gone'))).toMatchObject({ status: 404, code: 50500 })
  })

  it('that REST removes are gone in the apps', async () => {
    const { alice, sid } = await stage.talk('alice')
    const message = await send(alice, 'soon gone')
    await rest(sid).messages(message.sid).remove()
    expect((await alice.app.hears('messageRemoved')).sid).toBe(message.sid)
  })

  it('of others are not for everybody to change: 50107', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await send(alice, 'hers')
    const seen = await bob.app.hears('messageAdded')
    expect(await refusal(seen.updateBody('his'))).toMatchObject({ status: 403, code: 50107 })
    expect(await refusal(seen.updateAttributes({ his: true }))).toMatchObject({ status: 403, code: 50107 })
    expect(await refusal(seen.remove())).toMatchObject({ status: 403, code: 50107 })
  })

  it('of others are changed by the channel admin', async () => {
    const owner = await stage.found('owner')
    const guest = await stage.connect()
    await owner.conversation.add(guest.identity)
    await (await guest.opened(owner.conversation.sid)).sendMessage('rude')
    const message = await owner.app.hears('messageAdded')
    await guest.hears('messageAdded')
    await message.updateBody('polite')
    await owner.app.hears('messageUpdated', has('body'))
    expect(message.lastUpdatedBy).toBe(owner.identity)
    await message.remove()
    await guest.hears('messageRemoved')
  })

  it('say nothing when an edit changes nothing', async () => {
    const { alice, sid } = await stage.talk('alice')
    const message = await send(alice, 'same')
    await rest(sid).messages(message.sid).update({ body: 'same' })
    await rest(sid).messages(message.sid).update({ body: 'other' })
    await alice.app.hears('messageUpdated')
    expect(alice.app.all('messageUpdated')).toHaveLength(1)
  })

  it('are refused when they are empty or too long, with the JSON error', async () => {
    const { alice } = await stage.talk('alice')
    expect(await refusal(alice.conversation.sendMessage(''))).toMatchObject({ status: 400, code: 50503 })
    expect(await refusal(alice.conversation.sendMessage('x'.repeat(32_769)))).toMatchObject({ status: 400, code: 50504 })
    expect(await refusal(alice.conversation.sendMessage('x', { y: 'z'.repeat(4_096) }))).toMatchObject({ status: 400, code: 50303 })
    const longest = 'ü'.repeat(16_384)
    await alice.conversation.sendMessage(longest)
    expect((await alice.app.hears('messageAdded')).body).toBe(longest)
  })

  it('have no channel metadata, no recipients and no delivery receipts when they are chat', async () => {
    const { alice } = await stage.talk('alice')
    const message = await send(alice, 'plain chat')
    expect([message.attachedMedia, message.getMediaByCategories(['body']), message.getMediaByCategory(['history'])]).toEqual([[], [], []])
    expect([message.media, message.getEmailBody(), message.getEmailHistory()]).toEqual([null, null, null])
    expect(await message.getChannelMetadata()).toBeNull()
    expect(await message.getMessageRecipients()).toEqual([])
    expect(await message.getDetailedDeliveryReceipts()).toEqual([])
    expect(message.aggregatedDeliveryReceipt).toBeNull()
    const recipients = await alice.conversation.getMessageRecipients({ pageSize: 10 })
    expect([recipients.items, recipients.hasNextPage, recipients.hasPrevPage]).toEqual([[], false, false])
  })

  it('that others removed meanwhile answer 50500 to all who ask', async () => {
    const { alice, sid } = await stage.talk('alice')
    const message = await send(alice, 'going')
    await rest(sid).messages(message.sid).remove()
    await alice.app.hears('messageRemoved')
    expect(await refusal(message.remove())).toMatchObject({ status: 404, code: 50500 })
    expect(await refusal(message.getDetailedDeliveryReceipts())).toMatchObject({ status: 404, code: 50500 })
  })
})
