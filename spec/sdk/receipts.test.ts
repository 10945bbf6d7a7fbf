import type { EmailRecipientDescriptor, Message } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { ask } from '../support/rest.ts'
import { refusal } from '../support/sdk.ts'
import { onEveryStage, type Seat } from '../support/stage.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'

onEveryStage('What channels say of messages', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)

  const addPhone = async (sid: string) => {
    const binding = { 'messagingBinding.address': stage.phone(), 'messagingBinding.proxyAddress': stage.phone() }
    return (await rest(sid).participants.create(binding)).sid
  }

  /** A message of alice's, and a way to say what became of it with each of some telephones. */
  async function sent({ app, conversation }: Seat, phones: number) {
    const people = await Promise.all(Array.from({ length: phones }, () => addPhone(conversation.sid)))
    await conversation.sendMessage('to telephones')
    const message = await app.hears('messageAdded', ({ body }) => body === 'to telephones')
    const report = async (participant: string | undefined, Status: string, ErrorCode = '') => {
      const { status } = await ask(stage.parley, `/v1/Conversations/${conversation.sid}/Messages/${message.sid}/Receipts`, {
        form: { ParticipantSid: participant ?? '', ChannelMessageSid: `SM${'5'.repeat(32)}`, Status, ErrorCode },
      })
      expect(status).toBe(201)
    }
    return { message, people, report }
  }

  const amounts = (message: Message) => {
    const { total, sent, delivered, read, undelivered, failed } = message.aggregatedDeliveryReceipt ?? {}
    return { total, sent, delivered, read, undelivered, failed }
  }
  const none = { sent: 'none', delivered: 'none', read: 'none', undelivered: 'none', failed: 'none' }

  it('is told as it comes: the summary changes, and nothing else of the message', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const { message, people, report } = await sent(alice, 2)
    expect(message.aggregatedDeliveryReceipt).toBeNull()
    // SDKs work on a new message for a moment, and tell of no change to it meanwhile.
    await bob.app.hears('messageAdded', ({ sid }) => sid === message.sid)
    const updates = (count: number) => bob.app.sees('an update', () => bob.app.all('messageUpdated')[count - 1])

    await report(people[0], 'queued')
    expect(amounts((await updates(1)).message)).toEqual({ ...none, total: 1 })
    await report(people[1], 'sent')
    expect(amounts((await updates(2)).message)).toEqual({ ...none, total: 2, sent: 'some' })
    await report(people[0], 'read')
    expect(amounts((await updates(3)).message)).toEqual({ ...none, total: 2, sent: 'all', delivered: 'some', read: 'some' })
    await report(people[0], 'delivered')
    await report(people[1], 'undelivered', '30003')
    const { message: last } = await updates(4)
    expect(amounts(last)).toEqual({ total: 2, sent: 'all', delivered: 'some', read: 'some', undelivered: 'some', failed: 'none' })

    expect(bob.app.story('messageUpdated')).toEqual(Array(4).fill('messageUpdated 0 to telephones [deliveryReceipt]'))
    expect([last.body, last.author, last.lastUpdatedBy]).toEqual(['to telephones', alice.identity, null])
    const [paged] = (await alice.conversation.getMessages()).items
    expect(paged && amounts(paged)).toEqual(amounts(last))
  })

  it('is read in detail, page by page, by those who see the message', async () => {
    const { alice, bob, carol } = await stage.talk('alice', 'bob', 'carol')
    const { message, people, report } = await sent(alice, 3)
    await report(people[0], 'queued')
    await report(people[1], 'delivered')
    await report(people[2], 'failed', '21610')

    const read = await message.getDetailedDeliveryReceipts()
    expect(read.map(({ participantSid, status, errorCode }) => [participantSid, status, errorCode])).toEqual([
      [people[0], 'queued', 0],
      [people[1], 'delivered', 0],
      [people[2], 'failed', '21610'],
    ])
    expect(read[0]).toMatchObject({
      sid: expect.stringMatching(/^DY[0-9a-f]{32}$/),
      messageSid: message.sid,
      conversationSid: alice.conversation.sid,
      channelMessageSid: `SM${'5'.repeat(32)}`,
      dateCreated: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
    const seen = await bob.app.hears('messageAdded', ({ sid }) => sid === message.sid)
    expect(await seen.getDetailedDeliveryReceipts()).toHaveLength(3)

    const lost = await carol.app.hears('messageAdded', ({ sid }) => sid === message.sid)
    await rest(alice.conversation.sid).participants(carol.identity).remove()
    await carol.app.hears('conversationLeft')
    expect(await refusal(lost.getDetailedDeliveryReceipts())).toMatchObject({ status: 403, code: 50430 })
  })

  it('reads more receipts than a page has', async () => {
    const { alice } = await stage.talk('alice')
    const conversation = rest(alice.conversation.sid)
    const { message, people, report } = await sent(alice, 49)
    await Promise.all(people.map((person) => report(person, 'sent')))
    // There is room for fifty: some leave, others come, and the receipts of all stay.
    for (const leaving of people.slice(0, 2)) {
      await conversation.participants(leaving).remove()
      const coming = await addPhone(alice.conversation.sid)
      await report(coming, 'sent')
      people.push(coming)
    }
    const read = await message.getDetailedDeliveryReceipts()
    expect(read.map(({ participantSid }) => participantSid).toSorted()).toEqual(people.toSorted())
    expect(read.length).toBeGreaterThan(50)
  })

  it('is told once to whoever was away, as it is then', async () => {
    const { alice } = await stage.talk('alice')
    const network = await openTcpProxy({ port: Number(new URL(stage.parley.url).port) })
    try {
      const away = await stage.connect(stage.name('away'), { uri: network.url(stage.parley.socketUrl) })
      await rest(alice.conversation.sid).participants.create({ identity: away.identity })
      const conversation = await away.opened(alice.conversation.sid)
      await conversation.getParticipants()
      const { people, report, message } = await sent(alice, 1)
      await away.hears('messageAdded', ({ sid }) => sid === message.sid)
      await conversation.getMessages()

      network.cut()
      await away.hears('connectionStateChanged', (state) => state === 'connecting')
      for (const status of ['queued', 'sent', 'sent', 'delivered', 'sent']) await report(people[0], status)
      away.forget()
      network.mend()
      const { message: late } = await away.hears('messageUpdated')
      expect(amounts(late)).toEqual({ ...none, total: 1, sent: 'all', delivered: 'all' })
      await alice.conversation.sendMessage('fence')
      await away.hears('messageAdded', ({ body }) => body === 'fence')
      expect(away.story('messageUpdated')).toEqual(['messageUpdated 0 to telephones [deliveryReceipt]'])
      await away.shutdown()
    } finally {
      await network.close()
    }
  })

  it('is there as metadata, where there are any', async () => {
    const { alice, sid } = await stage.talk('alice')
    const post = (form: Record<string, string>) => ask(stage.parley, `/v1/Conversations/${sid}/Messages`, { form })
    await post({ Body: 'from a phone', ChannelMetadata: '{"type":"whatsapp","data":{"profile":"Zoë"}}' })
    const message = await alice.app.hears('messageAdded', ({ body }) => body === 'from a phone')
    const metadata = await message.getChannelMetadata()
    expect([metadata?.type, metadata?.data]).toEqual(['whatsapp', { profile: 'Zoë' }])

    await ask(stage.parley, `/v1/Conversations/${sid}/Messages/${message.sid}`, { form: { ChannelMetadata: '', Body: 'changed' } })
    await alice.app.hears('messageUpdated', ({ updateReasons }) => updateReasons.includes('body'))
    const [read] = (await alice.conversation.getMessages()).items
    expect(read?.body).toBe('changed')
  })

  it('names whom an e-mail went to, for one message and for all, page by page, both ways', async () => {
    const { alice, sid } = await stage.talk('alice')
    const post = (Body: string, recipients: object[]) =>
      ask(stage.parley, `/v1/Conversations/${sid}/Messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams([
          ['Body', Body],
          ['Subject', 'News'],
          ...recipients.map((one): [string, string] => ['Recipient', JSON.stringify(one)]),
        ]).toString(),
      })
    const from = { level: 'from', address: 'shop@example.com', name: 'The shop' }
    await post('first', [from, { level: 'to', address: 'carol@example.com', name: 'Carol' }, { level: 'cc', address: 'dan@example.com' }])
    await post('no mail', [])
    await post('second', [from, { level: 'to', address: 'erin@example.com', name: '' }])

    const message = await alice.app.hears('messageAdded', ({ body }) => body === 'first')
    const plain = await alice.app.hears('messageAdded', ({ body }) => body === 'no mail')
    const told = (one: unknown) => {
      const { messageSid, type, level, name, address } = one as EmailRecipientDescriptor
      return { messageSid, type, level, name, address }
    }
    expect((await message.getMessageRecipients()).map(told)).toEqual([
      { messageSid: message.sid, type: 'email', ...from },
      { messageSid: message.sid, type: 'email', level: 'to', address: 'carol@example.com', name: 'Carol' },
      { messageSid: message.sid, type: 'email', level: 'cc', address: 'dan@example.com', name: '' },
    ])
    expect(await plain.getMessageRecipients()).toEqual([])

    const first = await alice.conversation.getMessageRecipients({ pageSize: 2 })
    const second = await first.nextPage()
    const third = await second.nextPage()
    const addresses = [first, second, third].map((page) => page.items.map((one) => told(one).address))
    expect(addresses).toEqual([['shop@example.com', 'carol@example.com'], ['dan@example.com', 'shop@example.com'], ['erin@example.com']])
    expect([first.hasPrevPage, third.hasNextPage]).toEqual([false, false])
    const back = await third.prevPage()
    expect(back.items.map((one) => told(one).address)).toEqual(addresses[1])
    expect((await back.prevPage()).items.map((one) => told(one).address)).toEqual(addresses[0])
  })

  it('is an e-mail with subject, bodies and histories beside its files', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const file = (contentType: string, media: string) => ({ contentType, media: Buffer.from(media), filename: 'part' })
    await alice.conversation
      .prepareMessage()
      .setSubject('Minutes')
      .setEmailBody('text/plain', file('text/plain', 'See below'))
      .setEmailBody('text/html', file('text/html', '<p>See below</p>'))
      .setEmailHistory('text/plain', file('text/plain', '> before'))
      .addMedia(file('text/csv', 'a,b'))
      .buildAndSend()

    const received = await bob.app.hears('messageAdded')
    expect([received.subject, received.body, received.type]).toEqual(['Minutes', null, 'media'])
    const contentOf = async (media: { getContentTemporaryUrl(): Promise<string | null> } | null) =>
      media && (await fetch((await media.getContentTemporaryUrl()) ?? '')).text()
    expect(await contentOf(received.getEmailBody())).toBe('See below')
    expect(await contentOf(received.getEmailBody('text/html'))).toBe('<p>See below</p>')
    expect(await contentOf(received.getEmailHistory())).toBe('> before')
    expect(received.getEmailHistory('text/html')).toBeNull()
    expect(received.attachedMedia?.map(({ contentType }) => contentType)).toEqual(['text/csv'])
    expect(received.getMediaByCategories(['body', 'history'])).toHaveLength(3)
  })
})
