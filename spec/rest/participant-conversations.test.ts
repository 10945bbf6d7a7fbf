import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('the conversations of a person, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  it('are found by identity, sorted by SID, closed ones too', async () => {
    const made = []
    for (const uniqueName of ['p1', 'p2', 'p3']) made.push(await api().conversations.create({ uniqueName, friendlyName: 'n' }))
    for (const { sid } of made) await api().conversations(sid).participants.create({ identity: 'seeker' })
    await api().conversations('p2').update({ state: 'closed' })

    const found = await api().participantConversations.list({ identity: 'seeker' })
    expect(found.map((one) => one.conversationSid)).toEqual(made.map(({ sid }) => sid).sort())
    expect(found.map((one) => one.conversationState).sort()).toEqual(['active', 'active', 'closed'])

    const participant = await api().conversations('p1').participants('seeker').fetch()
    const { json } = await ask(parley(), '/v1/ParticipantConversations?Identity=seeker')
    const url = `${parley().url}/v1/Conversations/${participant.conversationSid}`
    expect(json.conversations.find((one: { conversation_unique_name: string }) => one.conversation_unique_name === 'p1')).toEqual({
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      participant_sid: participant.sid,
      participant_user_sid: (await api().users('seeker').fetch()).sid,
      participant_identity: 'seeker',
      participant_messaging_binding: null,
      conversation_sid: participant.conversationSid,
      conversation_unique_name: 'p1',
      conversation_friendly_name: 'n',
      conversation_attributes: '{}',
      conversation_date_created: expect.stringMatching(/Z$/),
      conversation_date_updated: expect.stringMatching(/Z$/),
      conversation_created_by: 'system',
      conversation_state: 'active',
      conversation_timers: {},
      links: { participant: `${url}/Participants/${participant.sid}`, conversation: url },
    })
  })

  it('are found by address, with all of the binding', async () => {
    const { sid } = await api().conversations.create()
    await api()
      .conversations(sid)
      .participants.create({ 'messagingBinding.address': '+15550103001', 'messagingBinding.proxyAddress': '+15550103002' })
    const found = await api().participantConversations.list({ address: '+15550103001' })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ conversationSid: sid, participantIdentity: null, participantUserSid: null })
    expect(found[0]?.participantMessagingBinding).toEqual({
      type: 'sms',
      address: '+15550103001',
      proxy_address: '+15550103002',
      projected_address: null,
      level: null,
      name: null,
    })
    const { json } = await ask(parley(), '/v1/ParticipantConversations?Address=%2B15550103001')
    expect(json.meta.url).toBe(`${parley().url}/v1/ParticipantConversations?Address=%2B15550103001&PageSize=50&Page=0`)
  })

  it('are none for a stranger', async () => {
    expect(await api().participantConversations.list({ identity: 'stranger' })).toEqual([])
    expect(await api().participantConversations.list({ address: '+15550103999' })).toEqual([])
    expect(await api().participantConversations.list({ identity: 'SEEKER' })).toEqual([])
  })

  it('are no more when the person has left', async () => {
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create({ identity: 'brief' })
    await api().conversations(sid).participants('brief').remove()
    expect(await api().participantConversations.list({ identity: 'brief' })).toEqual([])
  })

  it('are asked for by one name at a time', async () => {
    expect(await ask(parley(), '/v1/ParticipantConversations?Identity=a&Address=%2B15550103001')).toMatchObject({
      status: 400,
      json: { code: 50451 },
    })
    for (const query of ['', '?Identity=', '?Address='])
      expect(await ask(parley(), `/v1/ParticipantConversations${query}`)).toMatchObject({
        status: 400,
        json: { code: 20001, message: 'Missing required parameter Identity or Address' },
      })
  })

  it('are looked for in the service that the path names', async () => {
    const { sid: service } = await api().services.create({ friendlyName: 'Other' })
    const scoped = api().services(service)
    const { sid } = await scoped.conversations.create()
    await scoped.conversations(sid).participants.create({ identity: 'scoped' })
    const [found] = await scoped.participantConversations.list({ identity: 'scoped' })
    expect(found?.links.conversation).toBe(`${parley().url}/v1/Services/${service}/Conversations/${sid}`)
    expect(await api().participantConversations.list({ identity: 'scoped' })).toEqual([])
  })
})
