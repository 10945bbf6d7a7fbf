import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('an address pair, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  let taken = 0
  const newPair = () => {
    taken += 1
    return { 'messagingBinding.address': `+1555030${1_000 + taken}`, 'messagingBinding.proxyAddress': '+15550400000' }
  }
  const newConversation = async () => api().conversations((await api().conversations.create()).sid)
  const heldBy = (sid: string) => ({
    status: 409,
    code: 50416,
    message: `A binding for this participant and proxy address already exists in Conversation ${sid}`,
    details: { conversation_sid: sid },
  })

  it('belongs to one open conversation, until that is deleted', async () => {
    const pair = newPair()
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create(pair)
    const second = await newConversation()
    await expect(second.participants.create(pair)).rejects.toMatchObject(heldBy(sid))

    await api().conversations(sid).remove()

    await expect(second.participants.create(pair)).resolves.toMatchObject({ messagingBinding: { type: 'sms' } })
  })

  it('is free again when the conversation is closed, but not when it is inactive', async () => {
    const pair = newPair()
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create(pair)
    const second = await newConversation()

    await api().conversations(sid).update({ state: 'inactive' })
    await expect(second.participants.create(pair)).rejects.toMatchObject(heldBy(sid))
    await api().conversations(sid).update({ state: 'closed' })
    const added = await second.participants.create(pair)

    expect((await api().conversations(sid).participants.list()).map(({ messagingBinding }) => messagingBinding)).toEqual([
      added.messagingBinding,
    ])
  })

  it('is free again when the participant is removed', async () => {
    const pair = newPair()
    const [first, second] = [await newConversation(), await newConversation()]
    const { sid } = await first.participants.create(pair)
    await first.participants(sid).remove()
    await expect(second.participants.create(pair)).resolves.toMatchObject({ identity: null })
  })

  it('is taken within the same conversation too', async () => {
    const pair = newPair()
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create(pair)
    await expect(api().conversations(sid).participants.create(pair)).rejects.toMatchObject(heldBy(sid))
  })

  it('counts across the services of an account, and not beyond the account', async () => {
    const pair = newPair()
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create(pair)

    const { sid: service } = await api().services.create({ friendlyName: 'Other' })
    const elsewhere = api().services(service)
    const other = await elsewhere.conversations.create()
    await expect(elsewhere.conversations(other.sid).participants.create(pair)).rejects.toMatchObject(heldBy(sid))

    const { conversations } = helper(parley(), await anotherAccount(parley()))
    const theirs = await conversations.v1.conversations.create()
    await expect(conversations.v1.conversations(theirs.sid).participants.create(pair)).resolves.toMatchObject({ identity: null })
  })

  it('is made of both addresses', async () => {
    const pair = newPair()
    const [first, second] = [await newConversation(), await newConversation()]
    await first.participants.create(pair)
    await expect(second.participants.create({ ...pair, 'messagingBinding.proxyAddress': '+15550400001' })).resolves.toMatchObject({
      identity: null,
    })
  })

  it('can be taken by changing the proxy address, if it is free', async () => {
    const pair = newPair()
    const other = '+15550400002'
    const { sid } = await api().conversations.create()
    await api()
      .conversations(sid)
      .participants.create({ ...pair, 'messagingBinding.proxyAddress': other })
    const second = await newConversation()
    const mover = await second.participants.create(pair)

    await expect(second.participants(mover.sid).update({ 'messagingBinding.proxyAddress': other })).rejects.toMatchObject(heldBy(sid))
    await api().conversations(sid).remove()
    await expect(second.participants(mover.sid).update({ 'messagingBinding.proxyAddress': other })).resolves.toMatchObject({
      sid: mover.sid,
    })
    await expect((await newConversation()).participants.create(pair)).resolves.toMatchObject({ identity: null })
  })
})
