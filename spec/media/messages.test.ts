import type { Media, Message } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { mediaService } from '../support/media.ts'
import { RawClient } from '../support/raw-client.ts'
import { refusal } from '../support/sdk.ts'
import { onEveryStage, type Seat } from '../support/stage.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')
const picture = { contentType: 'image/png', filename: 'dot.png', media: png }
const note = { contentType: 'text/plain', filename: 'note.txt', media: 'a note' }

const told = ({ category, contentType, filename, size }: Media) => ({ category, contentType, filename, size })

async function contentOf(media: Media): Promise<string> {
  const url = await media.getContentTemporaryUrl()
  return (await fetch(url ?? '')).text()
}

onEveryStage('Media in messages', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)
  const service = () => mediaService(stage.parley)

  /** What both sides hear of the message that somebody sent. */
  async function heard({ alice, bob }: { alice: Seat; bob: Seat }): Promise<Message[]> {
    return Promise.all([alice.app.hears('messageAdded'), bob.app.hears('messageAdded')])
  }

  it('are sent and received', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')

    expect(await alice.conversation.sendMessage(picture, { from: 'camera' })).toBe(0)

    for (const message of await heard({ alice, bob })) {
      expect(message).toMatchObject({ type: 'media', body: null, attributes: { from: 'camera' } })
      const [media] = message.attachedMedia ?? []
      expect(media && told(media)).toEqual({ category: 'media', contentType: 'image/png', filename: 'dot.png', size: png.length })
      expect(message.media?.sid).toBe(media?.sid)
      const answer = await fetch((await media?.getContentTemporaryUrl()) ?? '')
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(png)
    }
    const [stored] = await rest(sid).messages.list()
    expect(stored?.media).toEqual([{ sid: expect.stringMatching(/^ME/), size: png.length, content_type: 'image/png', filename: 'dot.png' }])
    expect(stored?.body).toBeNull()
  })

  it('may be text', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage(note)
    for (const message of await heard({ alice, bob })) expect(await contentOf(message.attachedMedia?.[0] as Media)).toBe('a note')
  })

  it('are several, with a text, and with the parts of an e-mail', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')

    await alice.conversation
      .prepareMessage()
      .setBody('see below')
      .setSubject('Pictures')
      .setAttributes({ n: 2 })
      .addMedia(picture)
      .addMedia(note)
      .setEmailBody('text/plain', { contentType: 'text/plain', filename: 'body.txt', media: 'plain body' })
      .setEmailBody('text/html', { contentType: 'text/html', filename: 'body.html', media: '<b>html body</b>' })
      .setEmailHistory('text/plain', { contentType: 'text/plain', filename: 'history.txt', media: 'what was said before' })
      .buildAndSend()

    for (const message of await heard({ alice, bob })) {
      expect(message).toMatchObject({ type: 'media', body: 'see below', subject: 'Pictures', attributes: { n: 2 } })
      expect(message.attachedMedia?.map((media) => media.filename)).toEqual(['dot.png', 'note.txt'])
      expect(message.getMediaByCategories(['body'])?.map((media) => media.contentType)).toEqual(['text/plain', 'text/html'])
      expect(await contentOf(message.getEmailBody() as Media)).toBe('plain body')
      expect(await contentOf(message.getEmailBody('text/html') as Media)).toBe('<b>html body</b>')
      expect(await contentOf(message.getEmailHistory() as Media)).toBe('what was said before')
      const urls = await message.getTemporaryContentUrlsForAttachedMedia()
      expect([...urls.keys()]).toEqual(message.attachedMedia?.map((media) => media.sid))
      expect(await (await fetch(urls.get(message.attachedMedia?.[1]?.sid ?? '') ?? '')).text()).toBe('a note')
    }
    const [stored] = await rest(sid).messages.list()
    expect(stored?.media).toHaveLength(5)
  })

  it('stay with their message when it is edited', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.conversation.prepareMessage().setBody('befor').addMedia(picture).buildAndSend()
    const message = await alice.app.hears('messageAdded')
    await bob.app.hears('messageAdded')

    await message.updateBody('before')
    await message.updateAttributes({ edited: true })

    const { message: edited } = await bob.app.hears('messageUpdated', ({ updateReasons }) => updateReasons.includes('attributes'))
    expect(edited).toMatchObject({ body: 'before', attributes: { edited: true }, type: 'media' })
    expect(edited.attachedMedia).toHaveLength(1)
  })

  it('are there for those who read later, and for those who come back', async () => {
    const { alice, sid } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage(note)
    const late = stage.name('late')
    await rest(sid).participants.create({ identity: late })
    const app = await stage.connect(late)
    const { items } = await (await app.conversation(sid)).getMessages()
    expect(await contentOf(items[0]?.attachedMedia?.[0] as Media)).toBe('a note')
  })

  it('are looked up by their SIDs, all or none', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage(note)
    const message = await bob.app.hears('messageAdded')
    const [media] = message.attachedMedia ?? []
    const { client } = bob.app
    for (const urls of [
      await client.getTemporaryContentUrlsForMediaSids([media?.sid ?? '']),
      await message.getTemporaryContentUrlsForMediaSids([media?.sid ?? '']),
      await message.getTemporaryContentUrlsForMedia([media as Media]),
    ])
      expect(await (await fetch(urls.get(media?.sid ?? '') ?? '')).text()).toBe('a note')
    await expect(client.getTemporaryContentUrlsForMediaSids([media?.sid ?? '', `ME${'0'.repeat(32)}`])).rejects.toThrow()
  })

  it('are found in the older ways, too', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage(note)
    const message = await bob.app.hears('messageAdded')
    const found = message.getMediaByCategory(['media']) ?? []
    expect(found.map(told)).toEqual(message.attachedMedia?.map(told))
    expect(message.getMediaByCategory(['body'])).toEqual([])
    const [withUrl] = await message.attachTemporaryUrlsFor(found)
    expect(await contentOf(withUrl as Media)).toBe('a note')
    const urls = await bob.app.client.getTemporaryContentUrlsForMedia(found)
    expect([...urls.keys()]).toEqual(found.map(({ sid }) => sid))
    expect(await (await fetch(urls.get(found[0]?.sid ?? '') ?? '')).text()).toBe('a note')
  })

  it('cannot be seen by those who have left', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    await alice.conversation.sendMessage(note)
    const [media] = (await bob.app.hears('messageAdded')).attachedMedia ?? []
    await rest(sid).participants(bob.identity).remove()
    await bob.app.hears('conversationLeft')
    expect(await refusal((media as Media).getContentTemporaryUrl())).toMatchObject({ status: 404, code: 20404 })
    expect((await service().get(media?.sid ?? '', { as: bob, path: '/Content' })).status).toBe(404)
  })

  it('need the permission to send them', async () => {
    const { alice, sid } = await stage.talk('alice', 'bob')
    const role = await stage.parley.conversations.roles.create({
      friendlyName: 'only words',
      type: 'conversation',
      permission: ['sendMessage'],
    })
    await rest(sid).participants(alice.identity).update({ roleSid: role.sid })
    expect(await alice.conversation.sendMessage('words')).toBe(0)
    expect(await refusal(alice.conversation.sendMessage(note))).toMatchObject({ status: 403, code: 50107 })
    expect(await refusal(alice.conversation.prepareMessage().setBody('words').addMedia(note).buildAndSend())).toMatchObject({ status: 403 })
  })

  it('may be all that somebody may send', async () => {
    const { alice, sid } = await stage.talk('alice', 'bob')
    const role = await stage.parley.conversations.roles.create({
      friendlyName: 'only pictures',
      type: 'conversation',
      permission: ['sendMediaMessage'],
    })
    await rest(sid).participants(alice.identity).update({ roleSid: role.sid })
    expect(await alice.conversation.sendMessage(picture)).toBe(0)
    expect(await refusal(alice.conversation.sendMessage('words'))).toMatchObject({ status: 403, code: 50107 })
    expect(await refusal(alice.conversation.prepareMessage().setBody('words').addMedia(note).buildAndSend())).toMatchObject({ status: 403 })
  })

  it('an upload can be called off', async () => {
    const { alice } = await stage.talk('alice', 'bob')
    const long = { contentType: 'text/plain', media: Buffer.alloc(20_000_000, 'x') }
    const sending = alice.conversation.prepareMessage().addMedia(long).buildAndSend()
    sending.cancel()
    await expect(sending).rejects.toThrow()
    expect(await alice.conversation.sendMessage('goes on')).toBe(0)
  })

  if (stage.version !== '3.0.1') return

  it('of servers are sent by REST, several in one message', async () => {
    const { alice, sid } = await stage.talk('alice', 'bob')
    const one = await service().upload('one', { type: 'text/plain', filename: 'one.txt' })
    const two = await service().upload('two', { type: 'text/plain', category: 'body' })
    const body = new URLSearchParams({ Author: 'server', Body: 'both' })
    for (const media of [one, two]) body.append('MediaSid', media.sid)
    const url = `${stage.parley.url}/v1/Conversations/${sid}/Messages`

    const answer = await fetch(url, { method: 'POST', headers: service().credentials('server'), body })

    expect(answer.status).toBe(201)
    expect(((await answer.json()) as { media: unknown }).media).toEqual([
      { sid: one.sid, size: 3, content_type: 'text/plain', filename: 'one.txt' },
      { sid: two.sid, size: 3, content_type: 'text/plain', filename: null },
    ])
    const message = await alice.app.hears('messageAdded')
    expect(message.attachedMedia?.map((media) => media.sid)).toEqual([one.sid])
    expect(await contentOf(message.getEmailBody() as Media)).toBe('two')
    expect(await (await service().get(one.sid)).json()).toMatchObject({ channel_sid: sid, message_sid: message.sid })
  })

  it('are sent once', async () => {
    const { sid } = await stage.talk('alice')
    const { sid: mediaSid } = await service().upload('once', { type: 'text/plain' })
    const send = () => rest(sid).messages.create({ mediaSid })
    const outcomes = await Promise.allSettled([send(), send(), send(), send()])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ status: 400, code: 50508, message: 'Media already sent with another message' })
    expect(await rest(sid).messages.list()).toHaveLength(1)
    const other = await stage.conversation()
    await expect(rest(other).messages.create({ mediaSid })).rejects.toMatchObject({ code: 50508 })
  })

  it('named twice in a message are in it once', async () => {
    const { sid } = await stage.talk('alice')
    const media = await service().upload('x', { type: 'text/plain' })
    const body = new URLSearchParams([
      ['MediaSid', media.sid],
      ['MediaSid', media.sid.replace('ME', 'me').toUpperCase()],
    ])
    const url = `${stage.parley.url}/v1/Conversations/${sid}/Messages`
    const answer = await fetch(url, { method: 'POST', headers: service().credentials('server'), body })
    expect(((await answer.json()) as { media: unknown[] }).media).toHaveLength(1)
  })

  it('that do not exist, of another service, or of nobody are refused, and the message with them', async () => {
    const { sid } = await stage.talk('alice')
    const send = (mediaSid: string) => rest(sid).messages.create({ body: 'with media', mediaSid })
    await expect(send('nonsense')).rejects.toMatchObject({ status: 400, code: 50510 })
    await expect(send(`ME${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 404, code: 50507, message: 'Media not found' })
    const other = await stage.parley.conversations.services.create({ friendlyName: 'Other' })
    const elsewhere = await fetch(service().base.replace(stage.parley.credentials.service_sid, other.sid), {
      method: 'POST',
      headers: service().credentials('server'),
      body: 'x',
    })
    const { sid: foreign } = (await elsewhere.json()) as { sid: string }
    await expect(send(foreign)).rejects.toMatchObject({ status: 404, code: 50507 })
    expect(await rest(sid).messages.list()).toEqual([])
  })

  it('cannot be sent by users who did not upload them', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const media = await service().upload('mine', { as: alice, type: 'text/plain' })
    const ofServer = await service().upload('of the server', { type: 'text/plain' })
    const sendAs = async ({ identity, conversation }: Seat, media_sid: string) => {
      const client = await RawClient.start(stage.parley.socketUrl, stage.parley.token(identity))
      const path = `/Client/v2/Services/${stage.parley.credentials.service_sid}/Conversations/${conversation.sid}/Messages`
      const answer = await client.request('POST', path, { body: { media_sids: [media_sid] } })
      await client.close()
      return answer
    }
    expect(await sendAs(bob, media.sid)).toMatchObject({ status: 404, body: { code: 50507 } })
    expect(await sendAs(bob, ofServer.sid)).toMatchObject({ status: 404, body: { code: 50507 } })
    expect(await sendAs(alice, media.sid)).toMatchObject({ status: 201 })
  })

  it('are not more than a message may have', async () => {
    const { sid } = await stage.talk('alice')
    const eleven = await Promise.all(Array.from({ length: 11 }, () => service().upload('x', { type: 'text/plain' })))
    const body = new URLSearchParams(eleven.map((media) => ['MediaSid', media.sid]))
    const url = `${stage.parley.url}/v1/Conversations/${sid}/Messages`
    const answer = await fetch(url, { method: 'POST', headers: service().credentials('server'), body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ details: { field: 'MediaSid', setting: 'PARLEY_LIMIT_MEDIA_PER_MESSAGE', limit: 10 } })
  })
})
