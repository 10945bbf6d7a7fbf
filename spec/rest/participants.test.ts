import { describe, expect, it } from 'vitest'
import { databases, startParley } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('participants, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const newConversation = async () => api().conversations((await api().conversations.create()).sid)
  const roleOf = async (type: string, friendlyName: string) =>
    (await api().roles.list()).find((role) => role.type === type && role.friendlyName === friendlyName)?.sid ?? ''

  /** Address pairs of their own, so that tests do not meet. */
  let taken = 0
  const pair = () => {
    taken += 1
    const number = String(taken).padStart(4, '0')
    return { 'messagingBinding.address': `+1555010${number}`, 'messagingBinding.proxyAddress': `+1555020${number}` }
  }

  describe('are added', () => {
    it('by identity, to chat', async () => {
      const { sid } = await api().conversations.create()
      const { status, json } = await ask(parley(), `/v1/Conversations/${sid}/Participants`, { form: { Identity: 'alice' } })
      expect(status).toBe(201)
      expect(json).toEqual({
        sid: expect.stringMatching(/^MB[0-9a-f]{32}$/),
        account_sid: parley().credentials.account_sid,
        conversation_sid: sid,
        identity: 'alice',
        attributes: '{}',
        messaging_binding: null,
        role_sid: await roleOf('conversation', 'channel user'),
        date_created: expect.stringMatching(/Z$/),
        date_updated: json.date_created,
        url: `${parley().url}/v1/Conversations/${sid}/Participants/${json.sid}`,
        last_read_message_index: null,
        last_read_timestamp: null,
      })
    })

    it('with every parameter', async () => {
      const conversation = await newConversation()
      const roleSid = await roleOf('conversation', 'channel admin')
      const added = await conversation.participants.create({
        identity: 'Ünal@example.org',
        attributes: '{ "role": "driver" }',
        roleSid,
        dateCreated: new Date('2017-01-01T00:00:00Z'),
        dateUpdated: new Date('2017-01-02T00:00:00Z'),
        xTwilioWebhookEnabled: 'true',
      })
      expect(added).toMatchObject({
        identity: 'Ünal@example.org',
        attributes: '{ "role": "driver" }',
        roleSid,
        dateCreated: new Date('2017-01-01T00:00:00Z'),
        dateUpdated: new Date('2017-01-02T00:00:00Z'),
      })
    })

    it.each([
      ['sms', '+15550109001', '+15550109002'],
      ['whatsapp', 'whatsapp:+15550109001', 'whatsapp:+15550109002'],
      ['rcs', 'rcs:+15550109001', 'rcs:+15550109002'],
      ['messenger', 'messenger:1234567890', 'messenger:9876543210'],
      ['email', 'who@example.org', 'desk@example.com'],
    ])('by address, on the channel %s', async (type, address, proxyAddress) => {
      const conversation = await newConversation()
      const added = await conversation.participants.create({
        'messagingBinding.address': address,
        'messagingBinding.proxyAddress': proxyAddress,
      })
      expect(added.identity).toBeNull()
      expect(added.messagingBinding).toEqual({ type, address, proxy_address: proxyAddress })
    })

    it('to a group, with an address alone, or an identity with a projected address', async () => {
      const conversation = await newConversation()
      const phone = await conversation.participants.create({ 'messagingBinding.address': '+15550109101' })
      expect(phone.messagingBinding).toEqual({ type: 'sms', address: '+15550109101' })
      const desk = await conversation.participants.create({ identity: 'desk', 'messagingBinding.projectedAddress': '+15550109102' })
      expect(desk.identity).toBe('desk')
      expect(desk.messagingBinding).toEqual({ type: 'sms', projected_address: '+15550109102' })
      await expect(conversation.participants.create({ 'messagingBinding.address': '+15550109101' })).rejects.toMatchObject({
        status: 409,
        code: 50437,
      })
    })

    it('in a service that the path names, which they then name too', async () => {
      const { service_sid } = parley().credentials
      const { sid } = await api().conversations.create()
      const added = await api().services(service_sid).conversations(sid).participants.create({ identity: 'scoped' })
      expect(added.chatServiceSid).toBe(service_sid)
      expect(added.url).toBe(`${parley().url}/v1/Services/${service_sid}/Conversations/${sid}/Participants/${added.sid}`)
    })

    it('as users, who come into being when they are new', async () => {
      const conversation = await newConversation()
      await conversation.participants.create({ identity: 'newcomer' })
      expect((await api().users('newcomer').fetch()).identity).toBe('newcomer')
    })

    it('as creators, when they made the conversation by that name', async () => {
      const conversation = await newConversation()
      const { roleSid } = await conversation.participants.create({ identity: 'system' })
      expect(roleSid).toBe(await roleOf('conversation', 'channel admin'))
    })

    it('but not twice with one identity', async () => {
      const conversation = await newConversation()
      await conversation.participants.create({ identity: 'twice' })
      await expect(conversation.participants.create({ identity: 'twice' })).rejects.toMatchObject({
        status: 409,
        code: 50433,
        message: 'Participant already exists',
      })
      await expect(conversation.participants.create({ identity: 'Twice' })).resolves.toMatchObject({ identity: 'Twice' })
    })

    it.each([
      ['with nothing', {}, 400, 50204],
      ['with an empty identity', { Identity: '' }, 400, 50204],
      ['with an identity of 257 characters', { Identity: 'i'.repeat(257) }, 400, 50207],
      ['with an identity like a SID', { Identity: `US${'0'.repeat(32)}` }, 400, 50206],
      ['with an identity and an address', { Identity: 'i', 'MessagingBinding.Address': '+15550100001' }, 400, 50211],
      ['with an identity and a proxy address', { Identity: 'i', 'MessagingBinding.ProxyAddress': '+15550100001' }, 400, 50211],
      ['with an address that is none', { 'MessagingBinding.Address': 'home', 'MessagingBinding.ProxyAddress': '+15550100001' }, 400, 50407],
      ['with an address that is too long', { 'MessagingBinding.Address': `+1${'5'.repeat(256)}` }, 400, 50407],
      [
        'with a proxy address that is none',
        { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.ProxyAddress': 'desk' },
        400,
        50408,
      ],
      [
        'with two equal addresses',
        { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.ProxyAddress': '+15550100001' },
        400,
        50409,
      ],
      ['with an empty address', { 'MessagingBinding.Address': '', 'MessagingBinding.ProxyAddress': '+15550100001' }, 400, 50411],
      ['with a proxy address alone', { 'MessagingBinding.ProxyAddress': '+15550100001' }, 400, 50411],
      ['with an empty proxy address', { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.ProxyAddress': '' }, 400, 50412],
      [
        'with addresses of two channels',
        { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.ProxyAddress': 'whatsapp:+15550100002' },
        400,
        50414,
      ],
      [
        'with a projected address beside an address',
        { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.ProjectedAddress': '+15550100002' },
        400,
        50420,
      ],
      ['with a projected address that is none', { Identity: 'i', 'MessagingBinding.ProjectedAddress': 'desk' }, 400, 50407],
      ['with a name for a phone', { 'MessagingBinding.Address': '+15550100001', 'MessagingBinding.Name': 'Phone' }, 400, 50420],
      ['with a name for a chat user', { Identity: 'i', 'MessagingBinding.Name': 'Name' }, 400, 50420],
      ['with attributes that are no JSON', { Identity: 'i', Attributes: "{'a':1}" }, 400, 50304],
      ['with attributes of more than 4 KB', { Identity: 'i', Attributes: `"${'a'.repeat(4_095)}"` }, 400, 50303],
      ['with a role that does not exist', { Identity: 'i', RoleSid: `RL${'0'.repeat(32)}` }, 404, 50109],
      ['with a role that is no SID', { Identity: 'i', RoleSid: 'admin' }, 404, 50109],
      ['with a creation date that is none', { Identity: 'i', DateCreated: 'x' }, 400, 50308],
      ['with a date of change that is none', { Identity: 'i', DateUpdated: 'x' }, 400, 50309],
    ])('but not %s', async (_, form: Record<string, string>, status, code) => {
      const { sid } = await api().conversations.create()
      expect(await ask(parley(), `/v1/Conversations/${sid}/Participants`, { form })).toMatchObject({ status, json: { status, code } })
    })

    it('but not with a role for services', async () => {
      const conversation = await newConversation()
      const refused = conversation.participants.create({ identity: 'i', roleSid: await roleOf('service', 'service user') })
      await expect(refused).rejects.toMatchObject({ status: 404, code: 50109, details: { field: 'RoleSid' } })
    })
  })

  it('are found by SID and by identity', async () => {
    const conversation = await newConversation()
    const { sid } = await conversation.participants.create({ identity: 'b b@example.org' })
    expect((await conversation.participants(sid).fetch()).identity).toBe('b b@example.org')
    expect((await conversation.participants('b b@example.org').fetch()).sid).toBe(sid)
    await expect(conversation.participants('nobody').fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
  })

  describe('change', () => {
    it('in every parameter', async () => {
      const conversation = await newConversation()
      await conversation.messages.create({ body: '0' })
      const { sid } = await conversation.participants.create({ identity: 'changing' })
      const roleSid = await roleOf('conversation', 'channel admin')
      const changed = await conversation.participants('changing').update({
        attributes: '{"a":1}',
        roleSid,
        lastReadMessageIndex: 0,
        lastReadTimestamp: '2024-05-05T05:05:05Z',
        dateCreated: new Date('2019-01-01T00:00:00Z'),
        dateUpdated: new Date('2019-01-02T00:00:00Z'),
        xTwilioWebhookEnabled: 'true',
      })
      expect(changed).toMatchObject({
        sid,
        attributes: '{"a":1}',
        roleSid,
        lastReadMessageIndex: 0,
        lastReadTimestamp: '2024-05-05T05:05:05Z',
        dateCreated: new Date('2019-01-01T00:00:00Z'),
        dateUpdated: new Date('2019-01-02T00:00:00Z'),
      })
    })

    it('their read position, and lose it to an empty value', async () => {
      const conversation = await newConversation()
      const { sid, url } = await conversation.participants.create({ identity: 'reader' })
      const read = await conversation.participants(sid).update({ lastReadMessageIndex: 7 })
      expect(read.lastReadMessageIndex).toBe(7)
      expect(read.lastReadTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      const { json } = await ask(parley(), url, { form: { LastReadMessageIndex: '' } })
      expect(json).toMatchObject({ last_read_message_index: null, last_read_timestamp: null })
      for (const LastReadMessageIndex of ['-1', '1.5', 'last', '99999999999999999999'])
        expect(await ask(parley(), url, { form: { LastReadMessageIndex } })).toMatchObject({ status: 400, json: { code: 50421 } })
    })

    it('their proxy address, which may be taken away', async () => {
      const conversation = await newConversation()
      const { sid } = await conversation.participants.create(pair())
      const other = pair()['messagingBinding.proxyAddress']
      expect((await conversation.participants(sid).update({ 'messagingBinding.proxyAddress': other })).messagingBinding).toMatchObject({
        proxy_address: other,
      })
      const without = await conversation.participants(sid).update({ 'messagingBinding.proxyAddress': 'null' })
      expect(without.messagingBinding).not.toHaveProperty('proxy_address')
    })

    it.each([
      ['that is none', 'desk', 50408],
      ['of another channel', 'whatsapp:+15550100002', 50414],
    ])('their proxy address, but not to one %s', async (_, ProxyAddress, code) => {
      const conversation = await newConversation()
      const { url, messagingBinding } = await conversation.participants.create(pair())
      const answer = await ask(parley(), url, { form: { 'MessagingBinding.ProxyAddress': ProxyAddress } })
      expect(answer).toMatchObject({ status: 400, json: { code } })
      const own = await ask(parley(), url, { form: { 'MessagingBinding.ProxyAddress': messagingBinding.address } })
      expect(own).toMatchObject({ status: 400, json: { code: 50409 } })
      expect((await ask(parley(), url)).json.messaging_binding).toEqual(messagingBinding)
    })

    it('their identity, only when a projected address stands for them', async () => {
      const conversation = await newConversation()
      const phone = await conversation.participants.create(pair())
      await expect(conversation.participants(phone.sid).update({ identity: 'late' })).rejects.toMatchObject({ status: 400, code: 50444 })

      const projected = await conversation.participants.create({ 'messagingBinding.projectedAddress': '+15550109202' })
      expect(projected.identity).toBeNull()
      const named = await conversation.participants(projected.sid).update({ identity: 'late' })
      expect(named.identity).toBe('late')
      expect((await api().users('late').userConversations.list()).map((one) => one.participantSid)).toEqual([projected.sid])
    })

    it('the projected address that stands for a chat user', async () => {
      const conversation = await newConversation()
      const { sid } = await conversation.participants.create({ identity: 'chatter' })
      const participant = conversation.participants(sid)
      const projected = await participant.update({ 'messagingBinding.projectedAddress': 'whatsapp:+15550109301' })
      expect(projected.messagingBinding).toEqual({ type: 'whatsapp', projected_address: 'whatsapp:+15550109301' })
      expect((await participant.update({ 'messagingBinding.projectedAddress': 'null' })).messagingBinding).toBeNull()
    })

    it('no address that they cannot have, or cannot do without', async () => {
      const conversation = await newConversation()
      const chatter = await conversation.participants.create({ identity: 'chatter' })
      const phone = await conversation.participants.create(pair())
      const projected = await conversation.participants.create({ 'messagingBinding.projectedAddress': '+15550109302' })
      for (const [{ url }, form, code] of [
        [chatter, { 'MessagingBinding.ProxyAddress': '+15550109303' }, 50441],
        [projected, { 'MessagingBinding.ProjectedAddress': '' }, 50442],
        [phone, { 'MessagingBinding.ProjectedAddress': '+15550109303' }, 50443],
        [projected, { 'MessagingBinding.ProjectedAddress': 'desk' }, 50407],
      ] as const)
        expect(await ask(parley(), url, { form })).toMatchObject({ status: 400, json: { code } })
    })

    it.each([
      ['attributes that are no JSON', { Attributes: 'x' }, 400, 50304],
      ['a role that does not exist', { RoleSid: `RL${'0'.repeat(32)}` }, 404, 50109],
      ['a time of reading that is none', { LastReadTimestamp: 'now' }, 400, 20001],
      ['an identity when they have one', { Identity: 'another' }, 400, 50444],
      ['nothing', {}, 400, 20161],
    ])('but not to %s', async (_, form: Record<string, string>, status, code) => {
      const conversation = await newConversation()
      const { url } = await conversation.participants.create({ identity: 'same' })
      expect(await ask(parley(), url, { method: 'POST', form })).toMatchObject({ status, json: { code } })
    })
  })

  it('are removed by SID or identity, and their messages stay', async () => {
    const conversation = await newConversation()
    const { sid } = await conversation.participants.create({ identity: 'leaver' })
    await conversation.participants.create({ identity: 'other' })
    const message = await conversation.messages.create({ author: 'leaver', body: 'I was here' })
    expect(await conversation.participants('leaver').remove({ xTwilioWebhookEnabled: 'true' })).toBe(true)
    await expect(conversation.participants(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(conversation.participants(sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
    expect((await conversation.messages(message.sid).fetch()).author).toBe('leaver')
    expect((await conversation.participants.list()).map(({ identity }) => identity)).toEqual(['other'])
    await expect(conversation.participants.create({ identity: 'leaver' })).resolves.toMatchObject({ identity: 'leaver' })
  })

  it('are not found through another conversation', async () => {
    const [here, there] = [await newConversation(), await newConversation()]
    const { sid } = await here.participants.create({ identity: 'here' })
    for (const address of [sid, 'here']) {
      await expect(there.participants(address).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
      await expect(there.participants(address).update({ attributes: '{}' })).rejects.toMatchObject({ status: 404 })
      await expect(there.participants(address).remove()).rejects.toMatchObject({ status: 404 })
    }
  })

  it('are at most as many as the limits say', async () => {
    await using small = await startParley({
      database,
      settings: { PARLEY_LIMIT_PARTICIPANTS_PER_CONVERSATION: '2', PARLEY_LIMIT_NON_CHAT_PARTICIPANTS_PER_CONVERSATION: '1' },
    })
    const { conversations } = helper(small).conversations.v1
    const conversation = conversations((await conversations.create()).sid)
    await conversation.participants.create(pair())
    await expect(conversation.participants.create(pair())).rejects.toMatchObject({
      status: 403,
      code: 50418,
      details: { setting: 'PARLEY_LIMIT_NON_CHAT_PARTICIPANTS_PER_CONVERSATION', limit: 1 },
    })
    await conversation.participants.create({ identity: 'one' })
    await expect(conversation.participants.create({ identity: 'two' })).rejects.toMatchObject({ status: 403, code: 50417 })
  })

  it('take part in at most as many open conversations as the limits say', async () => {
    await using small = await startParley({ database, settings: { PARLEY_LIMIT_CONVERSATIONS_PER_IDENTITY: '1' } })
    const { conversations } = helper(small).conversations.v1
    const [first, second] = [await conversations.create(), await conversations.create()]
    await conversations(first.sid).participants.create({ identity: 'busy' })
    await expect(conversations(second.sid).participants.create({ identity: 'busy' })).rejects.toMatchObject({
      status: 403,
      code: 50214,
      details: { setting: 'PARLEY_LIMIT_CONVERSATIONS_PER_IDENTITY', limit: 1 },
    })
    await conversations(first.sid).update({ state: 'closed' })
    await expect(conversations(second.sid).participants.create({ identity: 'busy' })).resolves.toMatchObject({ identity: 'busy' })
  })
})
