import type { ContentData, Message } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { helper } from '../support/rest.ts'
import { refusal } from '../support/sdk.ts'
import { onEveryStage, type Seat } from '../support/stage.ts'

/** Each form, filled for Ann, as SDKs read it. */
const forms: [form: string, types: object, data: Partial<ContentData> & object][] = [
  ['text', { 'twilio/text': { body: 'for {{name}}' } }, { type: 'text', body: 'for Ann' }],
  [
    'media',
    { 'twilio/media': { body: 'for {{name}}', media: ['https://example.org/{{name}}'] } },
    { type: 'media', body: 'for Ann', media: ['https://example.org/Ann'] },
  ],
  [
    'location',
    { 'twilio/location': { latitude: 1.5, longitude: -2, label: 'for {{name}}' } },
    { type: 'location', latitude: 1.5, longitude: -2, label: 'for Ann' },
  ],
  [
    'quick reply',
    { 'twilio/quick-reply': { body: 'for {{name}}', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'y' }] } },
    { type: 'quickReply', body: 'for Ann', replies: [{ title: 'Yes', id: 'y' }] },
  ],
  [
    'call to action',
    {
      'twilio/call-to-action': {
        body: 'for {{name}}',
        actions: [
          { type: 'URL', title: 'See', url: 'https://example.org' },
          { type: 'PHONE_NUMBER', title: 'Call', phone: '+15550100001' },
        ],
      },
    },
    {
      type: 'callToAction',
      body: 'for Ann',
      actions: [
        { type: 'url', title: 'See', url: 'https://example.org' },
        { type: 'phone', title: 'Call', phone: '+15550100001' },
      ],
    } as never,
  ],
  [
    'list picker',
    { 'twilio/list-picker': { body: 'for {{name}}', button: 'Pick', items: [{ id: '1', item: 'One', description: 'first' }] } },
    { type: 'listPicker', body: 'for Ann', button: 'Pick', items: [{ id: '1', item: 'One', description: 'first' }] },
  ],
  [
    'card',
    {
      'twilio/card': {
        title: 'for {{name}}',
        subtitle: 's',
        media: ['https://example.org/a'],
        actions: [{ type: 'QUICK_REPLY', title: 'Ok' }],
      },
    },
    {
      type: 'card',
      title: 'for Ann',
      subtitle: 's',
      media: ['https://example.org/a'],
      actions: [{ type: 'reply', title: 'Ok', index: 0 }],
    } as never,
  ],
  [
    'form that this SDK does not know',
    { 'twilio/carousel': { body: 'for {{name}}', cards: [{ body: 'b', media: 'm', actions: [{ type: 'URL', title: 't', url: 'u' }] }] } },
    { type: 'other', rawData: expect.stringContaining('for Ann') },
  ],
]

onEveryStage('Content templates', (stage) => {
  const contents = () => helper(stage.parley).content.v1.contents
  const make = async (types: object, more: object = {}) =>
    (await contents().create({ friendly_name: stage.name('template'), language: 'en', types, ...more } as never)).sid
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)

  /** Sends a template as an app does: chosen from the list, with some of its gaps filled. */
  async function send({ conversation, app }: Seat, sid: string, values: Record<string, string> = {}): Promise<Message> {
    const template = (await app.client.getContentTemplates()).find((one) => one.sid === sid)
    const variables = template?.variables.map((gap) => gap.copyWithValue(values[gap.name] ?? gap.value)) ?? []
    const index = await conversation.prepareMessage().setContentTemplate(sid, variables).buildAndSend()
    return app.hears('messageAdded', (message) => message.index === index)
  }

  it('of the account are there for everybody to choose from, page by page', async () => {
    const made = await make(
      {
        'twilio/text': { body: 'Hi {{name}}' },
        'twilio/card': {
          title: 'Card',
          actions: [
            { type: 'QUICK_REPLY', title: 'Ok', id: 'ok' },
            { type: 'URL', title: 'See', url: 'https://example.org' },
          ],
        },
      },
      { variables: { name: 'you', 2: 'two' } },
    )
    const others = await Promise.all(Array.from({ length: 101 }, () => make({ 'twilio/text': { body: 'x' } })))
    const { client } = await stage.connect()

    const all = await client.getContentTemplates()
    const known = all.map(({ sid }) => sid)
    expect(known).toEqual(expect.arrayContaining([made, ...others]))
    expect(new Set(known).size).toBe(known.length)
    const template = all.find(({ sid }) => sid === made)
    expect(template?.friendlyName).toMatch(/^template/)
    expect(template?.variables.map(({ name, value }) => `${name}=${value}`).sort()).toEqual(['2=two', 'name=you'])
    expect(template?.dateCreated).toBeInstanceOf(Date)
    expect(template?.dateUpdated).toEqual(template?.dateCreated)
    expect([...(template?.variants.keys() ?? [])].sort()).toEqual(['twilio/card', 'twilio/text'])
    expect(template?.variants.get('twilio/text')).toMatchObject({ type: 'text', body: 'Hi {{name}}' })
    expect(template?.variants.get('twilio/card')).toMatchObject({
      type: 'card',
      title: 'Card',
      actions: [
        { type: 'reply', title: 'Ok', id: 'ok', index: 0 },
        { type: 'url', title: 'See', url: 'https://example.org' },
      ],
    })
    for (const sid of others) await contents()(sid).remove()
  })

  it('are sent, and arrive filled, whatever their form', async () => {
    const { alice, bob, sid } = await stage.talk('alice', 'bob')
    // SDKs keep the list of templates for some seconds.
    const made = await Promise.all(forms.map(([, types]) => make(types, { variables: { name: 'nobody' } })))
    for (const [at, [form, , data]] of forms.entries()) {
      const content = made[at] as string
      const sent = await send(alice, content, { name: 'Ann' })
      const received = await bob.app.hears('messageAdded', (message) => message.index === sent.index)
      for (const message of [sent, received]) {
        expect([form, message.contentSid, message.type, message.attachedMedia ?? []]).toEqual([form, content, 'text', []])
        const { replies, ...expected } = data as { replies?: object[] }
        const filled = await message.getContentData()
        expect({ form, filled }).toMatchObject({ form, filled: expected })
        if (replies) expect((filled as unknown as { replies: object[] }).replies).toMatchObject(replies)
      }
      expect(received.author).toBe(alice.identity)
      const [stored] = await rest(sid).messages.list({ order: 'desc', limit: 1 })
      expect(stored).toMatchObject({ contentSid: content, media: null, body: received.body })
    }
  })

  it('are filled with their own values where none is given', async () => {
    const { alice } = await stage.talk('alice')
    const content = await make({ 'twilio/text': { body: '{{1}} and {{2}}' } }, { variables: { 1: 'one', 2: 'two' } })
    expect((await send(alice, content, { 2: 'zwei' })).body).toBe('one and zwei')
    const index = await alice.conversation.prepareMessage().setContentTemplate(content).buildAndSend()
    expect((await alice.app.hears('messageAdded', (message) => message.index === index)).body).toBe('one and two')
  })

  it('that REST sends arrive in the apps', async () => {
    const { alice, sid } = await stage.talk('alice')
    const content = await make({ 'twilio/quick-reply': { body: 'Hi {{1}}', actions: [{ title: 'Yes' }] } })
    await rest(sid).messages.create({ contentSid: content, contentVariables: '{"1":"Ann"}' })
    const message = await alice.app.hears('messageAdded')
    expect([message.body, message.contentSid]).toEqual(['Hi Ann', content])
    expect(await message.getContentData()).toMatchObject({ type: 'quickReply', body: 'Hi Ann' })
  })

  it('keep in their messages what they said, when they are deleted', async () => {
    const { alice } = await stage.talk('alice')
    const content = await make({ 'twilio/text': { body: 'still here' } })
    const message = await send(alice, content)
    await contents()(content).remove()
    expect(await message.getContentData()).toMatchObject({ type: 'text', body: 'still here' })
    expect(await refusal(alice.conversation.prepareMessage().setContentTemplate(content, []).buildAndSend())).toMatchObject({
      status: 400,
      code: 50526,
    })
  })

  it('are refused with a gap left open', async () => {
    const { alice } = await stage.talk('alice')
    const content = await make({ 'twilio/text': { body: '{{1}}' } })
    expect(await refusal(alice.conversation.prepareMessage().setContentTemplate(content, []).buildAndSend())).toMatchObject({
      status: 400,
      code: 50527,
    })
    expect(await rest(alice.conversation.sid).messages.list()).toEqual([])
  })

  it('are no content of messages without one', async () => {
    const { alice } = await stage.talk('alice')
    await alice.conversation.sendMessage('plain')
    const message = await alice.app.hears('messageAdded')
    expect([message.contentSid, await message.getContentData()]).toEqual([null, null])
  })
})
