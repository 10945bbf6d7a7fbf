import { expect, it } from 'vitest'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('The quickstart', (stage) => {
  it('is walked from the first request to the first message', async () => {
    const { conversations } = stage.parley
    const [mine, proxy] = [stage.phone(), '+15005550006']
    const binding = { 'messagingBinding.address': mine, 'messagingBinding.proxyAddress': proxy }

    const first = await conversations.conversations.create({ friendlyName: 'Hello Conversation' })
    const sms = await conversations.conversations(first.sid).participants.create(binding)
    expect(sms.messagingBinding).toEqual({ type: 'sms', address: mine, proxy_address: proxy })

    const second = await conversations.conversations.create({ friendlyName: 'Hello again' })
    await expect(conversations.conversations(second.sid).participants.create(binding)).rejects.toMatchObject({
      status: 409,
      code: 50416,
      message: `A binding for this participant and proxy address already exists in Conversation ${first.sid}`,
    })
    await conversations.conversations(first.sid).remove()
    await conversations.conversations(second.sid).participants.create(binding)

    const identity = stage.name('testPineapple')
    const chat = await conversations.conversations(second.sid).participants.create({ identity })
    expect(chat).toMatchObject({ identity, conversationSid: second.sid, messagingBinding: null })

    const app = await stage.connect(identity)
    const [conversation] = (await app.client.getSubscribedConversations()).items
    expect([conversation?.sid, conversation?.friendlyName]).toEqual([second.sid, 'Hello again'])

    // A message in the first page that an SDK reads is never told as news.
    await conversation?.getMessages()
    await conversation?.sendMessage('Ahoy there!')
    expect((await app.hears('messageAdded')).body).toBe('Ahoy there!')
    await conversations.conversations(second.sid).messages.create({ author: mine, body: 'Ahoy from the phone' })
    const fromPhone = await app.hears('messageAdded', (message) => message.author === mine)
    expect([fromPhone.body, (await fromPhone.getParticipant()).type]).toEqual(['Ahoy from the phone', 'sms'])
    const listed = await conversations.conversations(second.sid).messages.list()
    expect(listed.map(({ author, body }) => [author, body])).toEqual([
      [identity, 'Ahoy there!'],
      [mine, 'Ahoy from the phone'],
    ])
  })
})
