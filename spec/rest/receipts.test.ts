import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('delivery receipts, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  let numbers = 0
  const phone = () => `+1555${String(++numbers).padStart(7, '0')}`
  const channelSid = (digit = 'a') => `SM${digit.repeat(32)}`

  /** A message from alice to some people with telephones. */
  const message = async (phones = 1) => {
    const conversation = api().conversations((await api().conversations.create()).sid)
    const alice = await conversation.participants.create({ identity: 'alice' })
    const people: string[] = []
    for (let at = 0; at < phones; at++) {
      const { sid } = await conversation.participants.create({
        'messagingBinding.address': phone(),
        'messagingBinding.proxyAddress': phone(),
      })
      people.push(sid)
    }
    const sent = await conversation.messages.create({ author: 'alice', body: 'Can you hear me?' })
    const receipts = `/v1/Conversations/${sent.conversationSid}/Messages/${sent.sid}/Receipts`
    const report = (participant: string, Status: string, more: Record<string, string> = {}) =>
      ask(parley(), receipts, { form: { ParticipantSid: participant, ChannelMessageSid: channelSid(), Status, ...more } })
    const delivery = async () => (await conversation.messages(sent.sid).fetch()).delivery
    return { conversation, alice: alice.sid, people, sent, receipts, report, delivery, resource: conversation.messages(sent.sid) }
  }

  it('are not there before a channel has said something', async () => {
    const { resource, delivery } = await message()
    expect(await resource.deliveryReceipts.list()).toEqual([])
    expect(await delivery()).toBeNull()
  })

  it('hold what was said last, are fetched and listed, and name the service where the path does', async () => {
    const { resource, sent, people, report } = await message()
    const { status, json } = await report(people[0] as string, 'sent')
    expect(status).toBe(201)
    expect(json).toEqual({
      sid: expect.stringMatching(/^DY[0-9a-f]{32}$/),
      account_sid: parley().credentials.account_sid,
      conversation_sid: sent.conversationSid,
      message_sid: sent.sid,
      channel_message_sid: channelSid(),
      participant_sid: people[0],
      status: 'sent',
      error_code: 0,
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: json.date_created,
      url: `${sent.url}/Receipts/${json.sid}`,
    })
    await parley().clock.advance(2_000)
    const after = await report(people[0] as string, 'delivered')
    expect(after.json).toMatchObject({ sid: json.sid, status: 'delivered', date_created: json.date_created })
    expect(Date.parse(after.json.date_updated)).toBeGreaterThan(Date.parse(json.date_created))

    expect(await resource.deliveryReceipts(json.sid).fetch()).toMatchObject({ sid: json.sid, status: 'delivered', errorCode: 0 })
    expect((await resource.deliveryReceipts.list()).map(({ sid }) => sid)).toEqual([json.sid])
    const { service_sid } = parley().credentials
    const scoped = api().services(service_sid).conversations(sent.conversationSid).messages(sent.sid).deliveryReceipts
    expect(await scoped(json.sid).fetch()).toMatchObject({ chatServiceSid: service_sid, status: 'delivered' })
    expect((await scoped.list())[0]?.url).toBe(
      `${parley().url}/v1/Services/${service_sid}/Conversations/${sent.conversationSid}/Messages/${sent.sid}/Receipts/${json.sid}`,
    )
  })

  it('are null while the message has not left the house', async () => {
    const { report, people, delivery, receipts } = await message()
    expect((await report(people[0] as string, 'queued')).json).toMatchObject({ status: null, error_code: 0 })
    expect((await ask(parley(), receipts)).json.delivery_receipts).toMatchObject([{ status: null }])
    expect(await delivery()).toEqual({ total: 1, sent: 'none', delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' })
  })

  it('are summed up in the message, where a later status counts for the earlier ones', async () => {
    const { report, people, delivery, sent, conversation } = await message(2)
    const [one, two] = people as [string, string]
    const nothing = { delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' }
    await report(one, 'sent')
    expect(await delivery()).toEqual({ ...nothing, total: 1, sent: 'all' })
    await report(two, 'queued')
    expect(await delivery()).toEqual({ ...nothing, total: 2, sent: 'some' })
    await report(two, 'read')
    expect(await delivery()).toEqual({ ...nothing, total: 2, sent: 'all', delivered: 'some', read: 'some' })
    await report(one, 'undelivered', { ErrorCode: '30003' })
    expect(await delivery()).toEqual({ total: 2, sent: 'all', delivered: 'some', read: 'some', failed: 'none', undelivered: 'some' })
    const [listed] = await conversation.messages.list()
    expect([listed?.delivery, listed?.dateUpdated]).toEqual([await delivery(), sent.dateUpdated])
  })

  it.each([
    [['queued', 'failed'], 'failed'],
    [['sent', 'undelivered'], 'undelivered'],
    [['read', 'delivered', 'sent', 'queued'], 'read'],
    [['delivered', 'undelivered'], 'delivered'],
    [['undelivered', 'delivered'], 'delivered'],
    [['sent', 'failed'], 'sent'],
    [['failed', 'sent'], 'failed'],
    [['failed', 'undelivered'], 'failed'],
    [['delivered', 'delivered', 'sent', 'delivered'], 'delivered'],
  ])('never go back: after %j there is %s', async (said, last) => {
    const { report, people, resource } = await message()
    for (const status of said) expect((await report(people[0] as string, status)).status).toBe(201)
    expect((await resource.deliveryReceipts.list()).map(({ status }) => status)).toEqual([last])
  })

  it('keep the error code of a failure until the message arrives all the same', async () => {
    const { report, people, resource } = await message()
    const errorCode = async () => (await resource.deliveryReceipts.list())[0]?.errorCode
    await report(people[0] as string, 'undelivered', { ErrorCode: '30003' })
    await report(people[0] as string, 'undelivered', { ErrorCode: '30008' })
    expect(await errorCode()).toBe(30003)
    await report(people[0] as string, 'delivered')
    expect(await errorCode()).toBe(0)
  })

  it('are one for each participant, however many say the same at once', async () => {
    const { report, people, resource, delivery } = await message(3)
    const statuses = ['queued', 'sent', 'delivered', 'read', 'sent', 'delivered', 'queued']
    const answers = await Promise.all(people.flatMap((participant) => statuses.map((status) => report(participant, status))))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    const receipts = await resource.deliveryReceipts.list()
    expect(receipts.map(({ status }) => status)).toEqual(['read', 'read', 'read'])
    expect(receipts.map(({ participantSid }) => participantSid).toSorted()).toEqual(people.toSorted())
    expect(await delivery()).toMatchObject({ total: 3, sent: 'all', delivered: 'all', read: 'all' })
  })

  it('are listed page by page', async () => {
    const { report, people, resource } = await message(5)
    for (const participant of people) await report(participant, 'sent')
    expect((await resource.deliveryReceipts.list({ pageSize: 2 })).map(({ participantSid }) => participantSid)).toEqual(people)
  })

  it('are taken after the conversation was closed and the participant has left, for what was under way', async () => {
    const { conversation, report, people, delivery } = await message()
    await report(people[0] as string, 'sent')
    await conversation.participants(people[0] as string).remove()
    await conversation.update({ state: 'closed' })
    expect((await report(people[0] as string, 'delivered')).json).toMatchObject({ status: 'delivered' })
    expect(await delivery()).toMatchObject({ delivered: 'all' })
  })

  it('go with their message', async () => {
    const { report, people, resource, receipts } = await message()
    await report(people[0] as string, 'sent')
    await resource.remove()
    expect(await ask(parley(), receipts)).toMatchObject({ status: 404, json: { code: 20404 } })
    expect(await report(people[0] as string, 'delivered')).toMatchObject({ status: 404, json: { code: 20404 } })
  })

  it('are refused where nothing can have been delivered', async () => {
    const { report, alice, people, conversation } = await message()
    const one = people[0] as string
    const refusals: [ReturnType<typeof report>, number, number, string?][] = [
      [report(alice, 'sent'), 404, 50432, 'ParticipantSid'],
      [report(`MB${'0'.repeat(32)}`, 'sent'), 404, 50432, 'ParticipantSid'],
      [report('somebody', 'sent'), 400, 20423, 'ParticipantSid'],
      [report(one, 'lost'), 400, 20001, 'Status'],
      [report(one, ''), 400, 20001, 'Status'],
      [report(one, 'sent', { ErrorCode: '30003' }), 400, 20001, 'ErrorCode'],
      [report(one, 'failed', { ErrorCode: '-1' }), 400, 20001, 'ErrorCode'],
      [report(one, 'failed', { ErrorCode: '99999999999' }), 400, 20001, 'ErrorCode'],
      [report(one, 'sent', { ChannelMessageSid: 'wamid.1' }), 400, 20423, 'ChannelMessageSid'],
    ]
    for (const [answer, status, code, field] of refusals)
      expect(await answer).toMatchObject({ status, json: { status, code, details: { field } } })

    const { address } = (await conversation.participants(one).fetch()).messagingBinding
    const theirs = await conversation.messages.create({ author: address, body: 'Loud and clear' })
    const echo = await ask(parley(), `/v1/Conversations/${theirs.conversationSid}/Messages/${theirs.sid}/Receipts`, {
      form: { ParticipantSid: one, ChannelMessageSid: channelSid(), Status: 'sent' },
    })
    expect(echo).toMatchObject({ status: 404, json: { code: 50432 } })
  })

  it('are not found through another message', async () => {
    const { report, people, conversation } = await message()
    const { json } = await report(people[0] as string, 'sent')
    const other = await conversation.messages.create({ body: 'other' })
    await expect(conversation.messages(other.sid).deliveryReceipts(json.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(conversation.messages(other.sid).deliveryReceipts('DY1').fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
  })
})
