import { expect, it } from 'vitest'
import { participantState, refusal } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('Participants', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)
  const has = (reason: string) => (event: { updateReasons: string[] }) => event.updateReasons.includes(reason)
  const role = async (name: string) => (await stage.parley.conversations.roles.list()).find((one) => one.friendlyName === name)?.sid ?? ''

  it('are all there, and found by SID and by identity', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    const listed = await rest(sid).participants.list()

    const all = await alice.conversation.getParticipants()
    expect(all.map(participantState).toSorted((a, b) => a.sid.localeCompare(b.sid))).toEqual(
      listed
        .map((one) => ({
          sid: one.sid,
          identity: one.identity,
          type: 'chat',
          attributes: {},
          roleSid: one.roleSid,
          lastReadMessageIndex: null,
          lastReadTimestamp: null,
          bindings: {},
          dateCreated: expect.any(Date),
          dateUpdated: expect.any(Date),
        }))
        .toSorted((a, b) => a.sid.localeCompare(b.sid)),
    )
    const byIdentity = await alice.conversation.getParticipantByIdentity(bob.identity)
    expect(await alice.conversation.getParticipantBySid(byIdentity?.sid ?? '')).toBe(byIdentity)
    await expect(alice.conversation.getParticipantByIdentity('nobody')).rejects.toThrow(/not found/)
    expect((await byIdentity?.getUser())?.identity).toBe(bob.identity)
  })

  it('change their own attributes, which everybody sees', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    const me = await alice.conversation.getParticipantByIdentity(alice.identity)
    await me?.updateAttributes({ colour: 'green' })
    const { participant, updateReasons } = await bob.app.hears('participantUpdated')
    expect([participant.identity, participant.attributes, updateReasons.toSorted()]).toEqual([
      alice.identity,
      { colour: 'green' },
      ['attributes', 'dateUpdated'],
    ])
    expect((await rest(sid).participants(participant.sid).fetch()).attributes).toBe('{"colour":"green"}')
  })

  it('may not change the attributes of others, unless they are channel admins', async () => {
    const owner = await stage.found('owner')
    const guest = await stage.connect()
    await owner.conversation.add(guest.identity)
    const seen = await guest.conversation(owner.conversation.sid)
    const ownerThere = await seen.getParticipantByIdentity(owner.identity)
    expect(await refusal(ownerThere?.updateAttributes({ mine: true }) ?? Promise.resolve())).toMatchObject({ status: 403, code: 50107 })

    const guestThere = await owner.app.hears('participantJoined')
    await guestThere.updateAttributes({ tamed: true })
    await guest.hears('participantUpdated', ({ participant }) => participant.identity === guest.identity)
  })

  it('tell of changes that REST made: role, attributes, read position, dates', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage('something to read')
    const there = (await bob.conversation.getParticipantByIdentity(alice.identity))?.sid ?? ''
    const update = rest(sid).participants(there)

    await update.update({ roleSid: await role('channel admin') })
    await bob.app.hears('participantUpdated', has('roleSid'))
    await update.update({ attributes: '{"by":"rest"}' })
    await bob.app.hears('participantUpdated', has('attributes'))
    await update.update({ lastReadMessageIndex: 0 })
    await bob.app.hears('participantUpdated', has('lastReadMessageIndex'))
    await update.update({ dateCreated: new Date('2019-01-01T00:00:00Z') })
    await bob.app.hears('participantUpdated', has('dateCreated'))

    expect(bob.app.all('participantUpdated').map(({ updateReasons }) => updateReasons.toSorted())).toEqual([
      ['dateUpdated', 'roleSid'],
      ['attributes', 'dateUpdated'],
      ['dateUpdated', 'lastReadMessageIndex', 'lastReadTimestamp'],
      ['dateCreated', 'dateUpdated'],
    ])
    await alice.app.sees('her own read position', () => (alice.conversation.lastReadMessageIndex === 0 ? true : undefined))
  })

  it('have more rights at once when their role changes', async () => {
    const { alice, sid } = await stage.talk('alice')
    expect(await refusal(alice.conversation.updateFriendlyName('no'))).toMatchObject({ code: 50107 })
    await rest(sid)
      .participants(alice.identity)
      .update({ roleSid: await role('channel admin') })
    await alice.conversation.updateFriendlyName('yes')
    await alice.app.hears('conversationUpdated', has('friendlyName'))
  })

  it('with addresses join and leave by REST, and have no user', async () => {
    const { alice, sid } = await stage.talk('alice')
    await alice.conversation.getParticipants()
    const added = await rest(sid).participants.create({
      'messagingBinding.address': stage.phone(),
      'messagingBinding.proxyAddress': '+15005550006',
      attributes: '{"name":"Phone"}',
    })
    const joined = await alice.app.hears('participantJoined')
    expect([joined.sid, joined.type, joined.identity, joined.attributes]).toEqual([added.sid, 'sms', null, { name: 'Phone' }])
    await rest(sid).participants(added.sid).remove()
    expect((await alice.app.hears('participantLeft')).sid).toBe(added.sid)
  })

  it('with identities full of signs are added, found, changed and removed', async () => {
    const owner = await stage.found('owner')
    const { sid } = owner.conversation
    for (const sign of ['a/b', 'bob@x.y z', '50%', 'ümläut', 'q?x=1&y#z', 'semi;colon', '中文', 'dot.', '+1 plus']) {
      const identity = stage.name(sign)
      await owner.conversation.add(identity)
      const added = await owner.app.hears('participantJoined', (participant) => participant.identity === identity)
      expect((await owner.conversation.getParticipantByIdentity(identity))?.sid).toBe(added.sid)
      expect((await added.getUser()).identity).toBe(identity)
      expect((await rest(sid).participants(encodeURIComponent(identity)).fetch()).sid).toBe(added.sid)
      await owner.conversation.removeParticipant(identity)
      await owner.app.hears('participantLeft', (participant) => participant.identity === identity)
    }
  })
})
