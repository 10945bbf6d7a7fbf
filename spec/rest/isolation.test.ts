import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, ask, helper, type Login, sharedParley } from '../support/rest.ts'

/** What somebody owns: a thing of every kind, in a service. */
interface Belongings {
  service: string
  conversation: string
  participant: string
  message: string
  user: string
  role: string
  webhook: string
}

describe.each(databases)('what belongs to others, on %s', (database) => {
  const parley = sharedParley({ database })

  const furnish = async (login?: Login, service?: string): Promise<Belongings> => {
    const api = helper(parley(), login).conversations.v1
    const { defaultChatServiceSid } = await api.configuration().fetch()
    const place = api.services(service ?? defaultChatServiceSid)
    const { sid: conversation } = await place.conversations.create({ uniqueName: 'the conversation' })
    const { sid: participant } = await place.conversations(conversation).participants.create({ identity: 'the user' })
    const { sid: message } = await place.conversations(conversation).messages.create({ body: 'secret', author: 'the user' })
    const { sid: user } = await place.users('the user').fetch()
    const { sid: role } = await place.roles.create({ friendlyName: 'the role', type: 'service', permission: ['joinConversation'] })
    const { sid: webhook } = await place.conversations(conversation).webhooks.create({
      target: 'webhook',
      'configuration.url': 'https://hooks.example.org',
      'configuration.filters': ['onConversationRemoved'],
    })
    return { service: service ?? defaultChatServiceSid, conversation, participant, message, user, role, webhook }
  }

  /** Every path that names something of these belongings, under a root. */
  const pathsOf = (root: string, { conversation, participant, message, user, role, webhook }: Belongings) =>
    [
      `Conversations/${conversation}`,
      `Conversations/${conversation}/Export`,
      `Conversations/${conversation}/Messages`,
      `Conversations/${conversation}/Messages/${message}`,
      `Conversations/${conversation}/Messages/${message}/Receipts`,
      `Conversations/${conversation}/Messages/${message}/Receipts/DY${'0'.repeat(32)}`,
      `Conversations/${conversation}/Messages/${message}/ChannelMetadata`,
      `Conversations/${conversation}/Participants`,
      `Conversations/${conversation}/Participants/${participant}`,
      `Conversations/${conversation}/Webhooks`,
      `Conversations/${conversation}/Webhooks/${webhook}`,
      `Users/${user}`,
      `Users/${user}/Export`,
      `Users/${user}/Erasure`,
      `Users/${user}/Conversations`,
      `Users/${user}/Conversations/${conversation}`,
      `Roles/${role}`,
    ].map((path) => `${root}/${path}`)

  const form = {
    FriendlyName: 'mine now',
    Body: 'mine now',
    Attributes: '{}',
    Permission: 'joinConversation',
    NotificationLevel: 'muted',
    Identity: 'intruder',
    ParticipantSid: `MB${'0'.repeat(32)}`,
    ChannelMessageSid: `SM${'0'.repeat(32)}`,
    Status: 'sent',
    Target: 'webhook',
    'Configuration.Url': 'https://intruder.example.org',
    'Configuration.Filters': 'onMessageAdded',
  }

  const expectNothingThere = async (paths: string[], login?: Login) => {
    for (const path of paths)
      for (const asking of [{ method: 'GET' }, { method: 'POST', form }, { method: 'DELETE' }]) {
        const { status, json } = await ask(parley(), path, { ...asking, ...(login ? { login } : {}) })
        // Some paths cannot be posted to, or deleted, by anybody.
        if (status === 405) continue
        expect({ path, ...asking, status, code: json?.code }).toEqual({ path, ...asking, status: 404, code: 20404 })
      }
  }

  it('is not there for another account, by SID or under its own service’s name', async () => {
    const owner = await anotherAccount(parley())
    const stranger = await anotherAccount(parley())
    const theirs = await furnish(owner)
    const mine = await furnish(stranger)
    await expectNothingThere(pathsOf('/v1', theirs), stranger)
    await expectNothingThere(pathsOf(`/v1/Services/${mine.service}`, theirs), stranger)
    await expectNothingThere(
      [
        ...pathsOf(`/v1/Services/${theirs.service}`, theirs),
        `/v1/Services/${theirs.service}`,
        `/v1/Services/${theirs.service}/Configuration`,
        `/v1/Services/${theirs.service}/Configuration/Webhooks`,
      ],
      stranger,
    )

    const { conversations } = helper(parley(), owner)
    const conversation = conversations.v1.conversations(theirs.conversation)
    expect((await conversation.fetch()).friendlyName).toBeNull()
    expect((await conversation.messages(theirs.message).fetch()).body).toBe('secret')
    expect((await conversation.participants.list()).map(({ identity }) => identity)).toEqual(['the user'])
  })

  it('is not there for the account that owns the account either: each speaks for itself', async () => {
    const child = await anotherAccount(parley())
    await expectNothingThere(pathsOf('/v1', await furnish(child)))
  })

  it('is not there in another service of the same account', async () => {
    const login = await anotherAccount(parley())
    const { sid } = await helper(parley(), login).conversations.v1.services.create({ friendlyName: 'Second' })
    const [first, second] = [await furnish(login), await furnish(login, sid)]
    await expectNothingThere(pathsOf('/v1', second), login)
    await expectNothingThere(pathsOf(`/v1/Services/${sid}`, first), login)
  })

  it('is in no list of others', async () => {
    const [owner, stranger] = [await anotherAccount(parley()), await anotherAccount(parley())]
    const theirs = await furnish(owner)
    for (const list of ['Conversations', 'Users', 'Roles', 'Services', 'ParticipantConversations?Identity=the%20user']) {
      const { status, text } = await ask(parley(), `/v1/${list}`, { login: stranger })
      expect(status).toBe(200)
      for (const sid of Object.values(theirs)) expect(text).not.toContain(sid)
    }
  })

  it('is of no use as a parameter', async () => {
    const [owner, stranger] = [await anotherAccount(parley()), await anotherAccount(parley())]
    const theirs = await furnish(owner)
    const { conversations } = helper(parley(), stranger)
    const { sid } = await conversations.v1.conversations.create()
    const participants = conversations.v1.conversations(sid).participants
    await expect(participants.create({ identity: 'i', roleSid: theirs.role })).rejects.toMatchObject({ status: 404, code: 50109 })
    await expect(conversations.v1.users.create({ identity: 'i', roleSid: theirs.role })).rejects.toMatchObject({ status: 404, code: 50100 })
    await expect(conversations.v1.configuration().update({ defaultChatServiceSid: theirs.service })).rejects.toMatchObject({
      status: 404,
      code: 50050,
    })
  })

  it('may have the same names', async () => {
    const [one, other] = [await anotherAccount(parley()), await anotherAccount(parley())]
    const [first, second] = [await furnish(one), await furnish(other)]
    expect(first.conversation).not.toBe(second.conversation)
    for (const [login, { conversation, user }] of [
      [one, first],
      [other, second],
    ] as const) {
      const { conversations } = helper(parley(), login)
      expect((await conversations.v1.conversations('the conversation').fetch()).sid).toBe(conversation)
      expect((await conversations.v1.users('the user').fetch()).sid).toBe(user)
    }
  })
})
