import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'
import { eventually } from '../support/until.ts'

describe.each(databases)('a group that writes by MMS, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  let used = 0
  const phone = () => `+1555090${1_000 + ++used}`
  const person = (address: string) => ({ 'messagingBinding.address': address })
  const desk = (projected: string, identity = 'desk') => ({ identity, 'messagingBinding.projectedAddress': projected })
  const group = async (...members: object[]) => {
    const conversation = api().conversations((await api().conversations.create()).sid)
    for (const member of members) await conversation.participants.create(member)
    return { sid: (await conversation.fetch()).sid, conversation }
  }
  const existsAs = (sid: string) => ({
    status: 409,
    code: 50438,
    message: `Group MMS with given participant list already exists as Conversation ${sid}`,
    details: { conversation_sid: sid },
  })

  it('is one of its kind: the same numbers, in whatever order, are refused a second time', async () => {
    const [a, b, ours] = [phone(), phone(), phone()]
    const first = await group(person(a), person(b), desk(ours))
    const second = await group(person(b), person(a))
    await expect(second.conversation.participants.create(desk(ours))).rejects.toMatchObject(existsAs(first.sid))
    // More or fewer people are another group.
    await second.conversation.participants.create(person(phone()))
    await expect(second.conversation.participants.create(desk(ours))).resolves.toMatchObject({ identity: 'desk' })
  })

  it('is one of its kind when many are made at once', async () => {
    const [a, ours] = [phone(), phone()]
    const groups = await Promise.all(Array.from({ length: 5 }, () => group(person(a))))
    const added = await Promise.allSettled(groups.map(({ conversation }) => conversation.participants.create(desk(ours))))
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = groups[added.findIndex(({ status }) => status === 'fulfilled')]
    for (const one of added) if (one.status === 'rejected') expect(one.reason).toMatchObject(existsAs(winner?.sid ?? ''))
  })

  it('frees its numbers when it is closed or deleted, and when somebody leaves', async () => {
    const [a, b, ours] = [phone(), phone(), phone()]
    const first = await group(person(a), person(b), desk(ours))
    await first.conversation.update({ state: 'closed' })
    const second = await group(person(a), person(b), desk(ours))
    await second.conversation.remove()
    const third = await group(person(a), person(b), desk(ours))
    const [leaving] = await third.conversation.participants.list()
    await third.conversation.participants(leaving?.sid ?? '').remove()
    const fourth = await group(person(a), person(b), desk(ours))
    await expect(group(person(b), desk(ours))).rejects.toMatchObject(existsAs(third.sid))
    await expect(group(person(a), person(b), desk(ours))).rejects.toMatchObject(existsAs(fourth.sid))
  })

  it('may become what another is when somebody leaves it', async () => {
    const [a, b, ours] = [phone(), phone(), phone()]
    const small = await group(person(a), desk(ours))
    const large = await group(person(a), person(b), desk(ours))
    const leaving = (await large.conversation.participants.list()).find(({ messagingBinding }) => messagingBinding.address === b)
    expect(await large.conversation.participants(leaving?.sid ?? '').remove()).toBe(true)
    await expect(group(person(a), desk(ours))).rejects.toMatchObject(existsAs(small.sid))
  })

  it('is made at once, with all its people', async () => {
    const [a, b, ours] = [phone(), phone(), phone()]
    const participant = [
      { messaging_binding: { address: a } },
      { messaging_binding: { address: b } },
      { identity: 'desk', messaging_binding: { projected_address: ours } },
    ].map((one) => JSON.stringify(one))
    const { sid } = await api().conversationWithParticipants.create({ participant })
    await eventually('the group', async () => ((await api().conversations(sid).fetch()).state === 'active' ? true : undefined))
    await expect(api().conversationWithParticipants.create({ participant })).rejects.toMatchObject(existsAs(sid))
  })

  it('hears members alone: 50513', async () => {
    const [a, ours] = [phone(), phone()]
    const { sid, conversation } = await group(person(a), desk(ours))
    const stranger = { status: 400, code: 50513, message: 'Message author should be among Group MMS participants.' }
    await expect(conversation.messages.create({ body: 'hello' })).rejects.toMatchObject(stranger)
    await expect(conversation.messages.create({ body: 'hello', author: phone() })).rejects.toMatchObject(stranger)
    await conversation.messages.create({ body: 'hello', author: a })
    await conversation.messages.create({ body: 'hello', author: 'desk' })
    expect((await ask(parley(), `/v1/Conversations/${sid}/Messages`)).json.messages).toHaveLength(2)
  })

  it('has ten members at most, each with a number of their own, and nobody with a proxy address', async () => {
    const numbers = Array.from({ length: 9 }, phone)
    const { conversation } = await group(...numbers.map(person), desk(phone()))
    await expect(conversation.participants.create(person(phone()))).rejects.toMatchObject({
      status: 403,
      code: 50436,
      details: { setting: 'PARLEY_LIMIT_GROUP_PARTICIPANTS', limit: 10 },
    })
    await expect(conversation.participants.create(person(numbers[0] as string))).rejects.toMatchObject({ status: 409, code: 50437 })
    await expect(
      conversation.participants.create({ 'messagingBinding.address': phone(), 'messagingBinding.proxyAddress': phone() }),
    ).rejects.toMatchObject({ status: 400, code: 50453 })
    const pairs = await group({ 'messagingBinding.address': phone(), 'messagingBinding.proxyAddress': phone() })
    await expect(pairs.conversation.participants.create(person(phone()))).rejects.toMatchObject({ status: 400, code: 50412 })
  })

  it('needs the number that is named, and one that is ours', async () => {
    const { conversation } = await group(person(phone()))
    await expect(conversation.participants.create(desk(''))).rejects.toMatchObject({ status: 400, code: 50434 })
  })
})
