import type { Message } from '@twilio/conversations'
import { beforeAll, describe, expect, it } from 'vitest'
import { olderSdk, refusal } from '../support/sdk.ts'
import { onEveryStage, type Seat, type Stage } from '../support/stage.ts'

/** Where a permission may stand: in the role that somebody has in the service, or in the one in the conversation. */
type Place = 'service' | 'conversation'

/** What somebody does, who takes part in a conversation with bob and has the permission or not. */
interface Doing extends Seat {
  stage: Stage
  bob: string
  /** A message of their own, and one of bob's. */
  mine: Message
  bobs: Message
}

interface Permitted {
  places: Place[]
  act(doing: Doing): Promise<unknown>
}

const both: Place[] = ['service', 'conversation']
const picture = { contentType: 'image/png', filename: 'p.png', media: Buffer.from('89504e470d0a1a0a', 'hex') }

/** All permissions, and a command that each lets through (rest-api §5). */
const permissions: Record<string, Permitted> = {
  createConversation: { places: ['service'], act: ({ app }) => app.client.createConversation() },
  joinConversation: {
    places: ['service'],
    async act({ stage, app, conversation }) {
      // Who has left may still hold the conversation in their hands.
      const { conversations } = stage.parley.conversations
      const { status } = await conversations(conversation.sid)
        .participants(app.identity)
        .fetch()
        .then(
          () => ({ status: 200 }),
          (error) => error,
        )
      if (status === 200) await conversations(conversation.sid).participants(app.identity).remove()
      await app.hears('conversationLeft', (left) => left.sid === conversation.sid)
      return conversation.join()
    },
  },
  // In a conversation these two would have no user to be about: who somebody is, is a matter of the service.
  editOwnUserInfo: { places: ['service'], act: ({ app }) => app.client.user.updateFriendlyName('new') },
  editAnyUserInfo: { places: ['service'], act: async ({ app, bob }) => (await app.client.getUser(bob)).updateFriendlyName('new') },
  addParticipant: { places: both, act: ({ conversation, stage }) => conversation.add(stage.name('added')) },
  removeParticipant: { places: both, act: ({ conversation, bob }) => conversation.removeParticipant(bob) },
  addNonChatParticipant: {
    places: ['conversation'],
    act: ({ conversation, stage }) => conversation.addNonChatParticipant('+15005550006', stage.phone()),
  },
  deleteConversation: { places: both, act: ({ conversation }) => conversation.delete() },
  editConversationName: { places: both, act: ({ conversation }) => conversation.updateFriendlyName('new') },
  editConversationAttributes: { places: both, act: ({ conversation }) => conversation.updateAttributes({ new: true }) },
  sendMessage: { places: ['conversation'], act: ({ conversation }) => conversation.sendMessage('new') },
  sendMediaMessage: { places: ['conversation'], act: ({ conversation }) => conversation.sendMessage(picture) },
  leaveConversation: { places: ['conversation'], act: ({ conversation }) => conversation.leave() },
  editOwnMessage: { places: both, act: ({ mine }) => mine.updateBody('new') },
  editOwnMessageAttributes: { places: both, act: ({ mine }) => mine.updateAttributes({ new: true }) },
  editAnyMessage: { places: both, act: ({ bobs }) => bobs.updateBody('new') },
  editAnyMessageAttributes: { places: both, act: ({ bobs }) => bobs.updateAttributes({ new: true }) },
  deleteOwnMessage: { places: ['conversation'], act: ({ mine }) => mine.remove() },
  deleteAnyMessage: { places: both, act: ({ bobs }) => bobs.remove() },
  editOwnParticipantAttributes: {
    places: ['conversation'],
    act: async ({ conversation, app }) => (await conversation.getParticipantByIdentity(app.identity))?.updateAttributes({ new: true }),
  },
  editAnyParticipantAttributes: {
    places: both,
    act: async ({ conversation, bob }) => (await conversation.getParticipantByIdentity(bob))?.updateAttributes({ new: true }),
  },
  editNotificationLevel: { places: ['conversation'], act: ({ conversation }) => conversation.setUserNotificationLevel('muted') },
}

/** A role has at least one permission: this one is of no use for anything else. */
const idle = (permission: string) => (permission === 'editNotificationLevel' ? 'leaveConversation' : 'editNotificationLevel')

onEveryStage('Permissions', (stage) => {
  const roles: Partial<Record<Place, string>> = {}
  const allow = (place: Place, permission: string) =>
    stage.parley.conversations.roles(roles[place] ?? '').update({ permission: [permission] })

  beforeAll(async () => {
    const { conversations, credentials } = stage.parley
    for (const place of ['service', 'conversation'] as const)
      roles[place] = (await conversations.roles.create({ friendlyName: place, type: place, permission: ['editNotificationLevel'] })).sid
    await conversations
      .services(credentials.service_sid)
      .configuration()
      .update({
        defaultChatServiceRoleSid: roles.service as string,
        defaultConversationRoleSid: roles.conversation as string,
        defaultConversationCreatorRoleSid: roles.conversation as string,
      })
  })

  async function begin(): Promise<Doing> {
    const bob = stage.name('bob')
    const app = await stage.connect(stage.name('alice'))
    const { conversations } = stage.parley.conversations
    const { sid } = await conversations.create({ friendlyName: stage.name('permitted') })
    await conversations(sid).messages.create({ author: app.identity, body: 'mine' })
    await conversations(sid).messages.create({ author: bob, body: 'bobs' })
    await conversations(sid).participants.create({ identity: bob })
    await conversations(sid).participants.create({ identity: app.identity })
    const conversation = await app.conversation(sid)
    const [mine, bobs] = (await conversation.getMessages()).items as [Message, Message]
    return { stage, app, identity: app.identity, conversation, bob, mine, bobs }
  }

  it('are 22', () => expect(Object.keys(permissions)).toHaveLength(22))

  // What a role allows is decided above the database: there, one SDK is enough.
  if (stage.database === 'postgres' && stage.version !== '3.0.1') return

  // SDK 1.x sends media elsewhere (older-sdk.ts).
  const asked = Object.entries(permissions).filter(([permission]) => stage.version !== olderSdk || permission !== 'sendMediaMessage')
  describe.each(asked)('%s', (permission, { places, act }) => {
    it.each(places)('in the role of the %s lets through what is refused without it, at once', async (place) => {
      await allow('service', idle(permission))
      await allow('conversation', idle(permission))
      const doing = await begin()
      expect(await refusal(act(doing))).toMatchObject({ status: 403, code: 50107 })

      await allow(place, permission)
      await act(doing)
    })
  })
})
