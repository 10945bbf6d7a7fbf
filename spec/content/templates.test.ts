import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, ask, helper, sharedParley } from '../support/rest.ts'

type ContentRequest = Parameters<ReturnType<typeof helper>['content']['v1']['contents']['create']>[0]

/** One of every form, as the reference spells it. */
const everyType = {
  'twilio/text': { body: 'Hi {{1}}' },
  'twilio/media': { body: 'Look', media: ['https://example.org/{{1}}.png'] },
  'twilio/location': { latitude: 52.5, longitude: 13.4, label: 'Here' },
  'twilio/list-picker': { body: 'Choose', button: 'Times', items: [{ id: 'a', item: 'Morning', description: 'from 8' }] },
  'twilio/call-to-action': {
    body: 'Act',
    actions: [
      { type: 'URL', title: 'Open', url: 'https://example.org/{{1}}' },
      { type: 'PHONE_NUMBER', title: 'Call', phone: '+15550100001' },
      { type: 'COPY_CODE', code: '{{1}}' },
    ],
  },
  'twilio/quick-reply': { body: 'Well?', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'yes' }, { title: 'No' }] },
  'twilio/card': {
    title: 'Order {{1}}',
    subtitle: 'on its way',
    media: ['https://example.org/a.png'],
    actions: [{ type: 'QUICK_REPLY', title: 'Thanks', id: 'thanks' }],
  },
  'twilio/carousel': {
    body: 'All of them',
    cards: [
      {
        title: 'One',
        body: 'first',
        media: 'https://example.org/1.png',
        actions: [{ type: 'URL', title: 'See', url: 'https://example.org' }],
      },
    ],
  },
  'twilio/catalog': { body: 'Buy', items: [{ id: 'x', name: 'Shoe', price: 12.5 }] },
  'twilio/schedule': { id: 's', title: 'When', time_slots: '{{1}}' },
  'twilio/flows': { body: 'b', button_text: 'Go', type: 'OTHER', pages: [{ id: 'p', title: 't', layout: [{ type: 'TEXT' }] }] },
  'whatsapp/card': { body: 'b', footer: 'f', actions: [{ type: 'COPY_CODE', title: 'Copy', code: '1' }] },
  'whatsapp/authentication': { code_expiration_minutes: 5, actions: [{ type: 'COPY_CODE', copy_code_text: 'Copy' }] },
  'whatsapp/flows': { body: 'b', button_text: 'Go', flow_id: '1' },
}

describe.each(databases)('content templates, on %s', (database) => {
  const parley = sharedParley({ database })
  const content = () => helper(parley()).content.v1
  const create = (request: object) => content().contents.create(request as ContentRequest)
  const text = { language: 'en', types: { 'twilio/text': { body: 'Hi {{1}}' } } }

  it('are made of every type, fetched, listed and deleted with the official library', async () => {
    const made = await create({ friendly_name: 'every form', language: 'en', variables: { 1: 'a1' }, types: everyType })
    const url = `${parley().url}/v1/Content/${made.sid}`
    expect(made.toJSON()).toEqual({
      sid: expect.stringMatching(/^HX[0-9a-f]{32}$/),
      accountSid: parley().credentials.account_sid,
      friendlyName: 'every form',
      language: 'en',
      variables: { 1: 'a1' },
      types: everyType,
      dateCreated: expect.any(Date),
      dateUpdated: made.dateCreated,
      url,
      links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
    })
    expect((await content().contents(made.sid).fetch()).toJSON()).toEqual(made.toJSON())

    const more = await Promise.all(Array.from({ length: 3 }, (_, n) => create({ ...text, friendly_name: `number ${n}` })))
    const listed = await content().contents.list({ pageSize: 2 })
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid, ...more.map(({ sid }) => sid)].sort())

    expect(await content().contents(made.sid).remove()).toBe(true)
    await expect(content().contents(made.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(content().contents(made.sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
  })

  it('change in what is named', async () => {
    const { sid } = await create({ ...text, friendly_name: 'before', variables: { 1: 'Ann' } })
    const update = (request: object) =>
      content()
        .contents(sid)
        .update(request as never)
    const changed = await update({ types: { 'twilio/text': { body: 'Bye {{1}}' } } })
    expect(changed).toMatchObject({
      friendlyName: 'before',
      language: 'en',
      variables: { 1: 'Ann' },
      types: { 'twilio/text': { body: 'Bye {{1}}' } },
    })
    expect(await update({ ...text, friendly_name: 'after', language: 'de', variables: {} })).toMatchObject({
      friendlyName: 'after',
      language: 'de',
      variables: {},
      types: text.types,
    })
    await expect(update({ language: 'de' })).rejects.toMatchObject({ status: 400, code: 20001, details: { field: 'types' } })
  })

  it('may be spelled as the classes of the Node library write them', async () => {
    // They map the names of the wire to their own, and are then sent as they are.
    const request = { friendly_name: 'by class', language: 'en', types: { 'twilio/list-picker': everyType['twilio/list-picker'] } }
    const { sid } = await create({
      friendlyName: 'by class',
      language: 'en',
      types: { twilioListPicker: everyType['twilio/list-picker'], twilioSchedule: { id: 's', title: 't', timeSlots: 'now' } },
    })
    expect(await content().contents(sid).fetch()).toMatchObject({
      friendlyName: request.friendly_name,
      types: { ...request.types, 'twilio/schedule': { id: 's', title: 't', time_slots: 'now' } },
    })
  })

  it('are shown filled, and tell what is missing and what is not used', async () => {
    const { sid } = await create({
      language: 'en',
      variables: { name: 'you' },
      types: {
        'twilio/text': { body: 'Dear {{name}}, order {{ 2 }}: {{3}}' },
        'twilio/card': { title: '{{name}}', actions: [{ type: 'URL', title: 'See', url: 'https://example.org/{{2}}' }] },
      },
    })
    const { status, json } = await ask(parley(), `/v1/Content/${sid}/Preview`, {
      sends: { content_variables: { 2: '{{name}}', other: 'x' } },
    })
    expect(status).toBe(200)
    expect(json).toEqual({
      content_sid: sid,
      body: 'Dear you, order {{name}}: {{3}}',
      type: 'twilio/card',
      types: {
        'twilio/text': { body: 'Dear you, order {{name}}: {{3}}' },
        'twilio/card': { title: 'you', actions: [{ type: 'URL', title: 'See', url: 'https://example.org/{{name}}' }] },
      },
      missing_variables: ['3'],
      unused_variables: ['other'],
    })
    expect(await ask(parley(), `/v1/Content/${sid}/Preview`, { sends: { content_variables: '{"2":"two","3":"three"}' } })).toMatchObject({
      status: 200,
      json: { body: 'Dear you, order two: three', missing_variables: [] },
    })
    expect(await ask(parley(), `/v1/Content/${sid}/Preview`, { sends: { content_variables: [1] } })).toMatchObject({
      status: 400,
      json: { code: 50527, details: { field: 'content_variables' } },
    })
  })

  const deep = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)

  it.each<[string, object, string]>([
    ['no language', { types: text.types }, 'language'],
    ['a language that is none', { ...text, language: 'not a language' }, 'language'],
    ['no types', { language: 'en' }, 'types'],
    ['types that are none', { language: 'en', types: 'twilio/text' }, 'types'],
    ['an empty list of types', { language: 'en', types: {} }, 'types'],
    ['an unknown type', { language: 'en', types: { 'twilio/texts': { body: 'x' } } }, 'types.twilio/texts'],
    ['a type of objects', { language: 'en', types: { constructor: { body: 'x' } } }, 'types.constructor'],
    ['a text without body', { language: 'en', types: { 'twilio/text': {} } }, 'types.twilio/text.body'],
    ['an empty body', { language: 'en', types: { 'twilio/text': { body: '' } } }, 'types.twilio/text.body'],
    ['a body that is no text', { language: 'en', types: { 'twilio/text': { body: 5 } } }, 'types.twilio/text.body'],
    ['a body with NUL', { language: 'en', types: { 'twilio/text': { body: 'a\0' } } }, 'types'],
    ['half a character', { language: 'en', types: { 'twilio/text': { body: '\ud800' } } }, 'types'],
    ['no media', { language: 'en', types: { 'twilio/media': { media: [] } } }, 'types.twilio/media.media'],
    [
      'a latitude beyond the pole',
      { language: 'en', types: { 'twilio/location': { latitude: 91, longitude: 0 } } },
      'types.twilio/location.latitude',
    ],
    [
      'a list without items',
      { language: 'en', types: { 'twilio/list-picker': { body: 'b', button: 'b', items: [] } } },
      'types.twilio/list-picker.items',
    ],
    [
      'items with one id',
      {
        language: 'en',
        types: {
          'twilio/list-picker': {
            body: 'b',
            button: 'b',
            items: [
              { id: '1', item: 'a' },
              { id: '1', item: 'b' },
            ],
          },
        },
      },
      'types.twilio/list-picker.items.1.id',
    ],
    [
      'a button of an unknown type',
      { language: 'en', types: { 'twilio/call-to-action': { body: 'b', actions: [{ type: 'FAX', title: 't' }] } } },
      'types.twilio/call-to-action.actions.0.type',
    ],
    [
      'a button that opens nothing',
      { language: 'en', types: { 'twilio/call-to-action': { body: 'b', actions: [{ type: 'URL', title: 't' }] } } },
      'types.twilio/call-to-action.actions.0.url',
    ],
    [
      'a button without title on a card of a carousel',
      {
        language: 'en',
        types: { 'twilio/carousel': { body: 'b', cards: [{ body: 'b', media: 'm', actions: [{ type: 'URL', url: 'u' }] }] } },
      },
      'types.twilio/carousel.cards.0.actions.0.title',
    ],
    ['an empty card', { language: 'en', types: { 'twilio/card': {} } }, 'types.twilio/card'],
    ['a name that is too long', { ...text, friendly_name: 'x'.repeat(257) }, 'friendly_name'],
    ['more than 64 KB', { language: 'en', types: { 'twilio/text': { body: 'x'.repeat(65_537) } } }, 'types'],
    ['variables that are no object', { ...text, variables: 'x' }, 'variables'],
    ['a variable that is no text', { ...text, variables: { 1: 5 } }, 'variables'],
    ['variables without end', { ...text, variables: { 1: deep(2_000) } }, 'variables'],
    ['types without end', { language: 'en', types: { 'twilio/text': deep(2_000) } }, 'types.twilio/text'],
  ])('are refused with %s, and the field is named', async (_, sends, field) => {
    const { status, json } = await ask(parley(), '/v1/Content', { sends })
    expect({ status, field: json.details?.field }).toEqual({ status: 400, field })
  })

  it('leave out what nobody reads', async () => {
    const { status, json } = await ask(parley(), '/v1/Content', {
      sends: { language: 'en', types: { 'twilio/text': { body: 'b', actions: [null, deep(1_000)] } }, twilioText: deep(2_000) },
    })
    expect({ status, types: json.types }).toEqual({ status: 201, types: { 'twilio/text': { body: 'b' } } })
  })

  it('are JSON: forms and broken JSON are refused', async () => {
    expect(await ask(parley(), '/v1/Content', { form: { language: 'en' } })).toMatchObject({
      status: 422,
      json: { code: 20422, details: { expected: 'application/json' } },
    })
    const headers = { 'content-type': 'application/json' }
    expect(await ask(parley(), '/v1/Content', { body: '{', headers })).toMatchObject({ status: 400, json: { code: 20001 } })
    for (const body of ['', 'null', '[]', '"x"'])
      expect(await ask(parley(), '/v1/Content', { body, headers })).toMatchObject({ status: 400, json: { code: 20001 } })
    expect(await ask(parley(), '/v1/Content', { method: 'PATCH' })).toMatchObject({ status: 405 })
  })

  it('belong to their account', async () => {
    const stranger = await anotherAccount(parley())
    const { sid } = await create({ ...text, friendly_name: 'ours' })
    const theirs = helper(parley(), stranger)
    await expect(theirs.content.v1.contents(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(theirs.content.v1.contents(sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(theirs.content.v1.contents(sid).update(text as never)).rejects.toMatchObject({ status: 404, code: 20404 })
    expect(await ask(parley(), `/v1/Content/${sid}/Preview`, { login: stranger, sends: {} })).toMatchObject({ status: 404 })
    expect(await theirs.content.v1.contents.list()).toEqual([])
    const { sid: conversation } = await theirs.conversations.v1.conversations.create()
    await expect(
      theirs.conversations.v1.conversations(conversation).messages.create({ contentSid: sid, contentVariables: '{"1":"x"}' }),
    ).rejects.toMatchObject({ status: 400, code: 50526 })
    expect((await content().contents(sid).fetch()).friendlyName).toBe('ours')
  })

  describe('make messages', () => {
    const newConversation = async () => {
      const { conversations } = helper(parley()).conversations.v1
      return conversations((await conversations.create()).sid)
    }

    it('whose body is the filled text, and keep it when the template changes or goes', async () => {
      const conversation = await newConversation()
      const { sid } = await create({
        language: 'en',
        variables: { name: 'you', 2: 'two' },
        types: { 'twilio/text': { body: 'Hello {{name}}, {{2}}' } },
      })
      const sent = await conversation.messages.create({
        author: 'shop',
        contentSid: sid,
        contentVariables: JSON.stringify({ name: 'John' }),
        body: 'ignored',
        mediaSid: `ME${'0'.repeat(32)}`,
        attributes: '{"a":1}',
      })
      expect(sent).toMatchObject({ author: 'shop', body: 'Hello John, two', contentSid: sid, media: null, attributes: '{"a":1}' })
      expect((await conversation.messages.create({ contentSid: sid })).body).toBe('Hello you, two')

      await content()
        .contents(sid)
        .update({ types: { 'twilio/text': { body: 'changed' } } } as never)
      await content().contents(sid).remove()
      expect(await conversation.messages(sent.sid).fetch()).toMatchObject({ body: 'Hello John, two', contentSid: sid })
      expect(await conversation.messages(sent.sid).update({ body: 'edited' })).toMatchObject({ body: 'edited', contentSid: sid })
      await expect(conversation.messages.create({ contentSid: sid, contentVariables: '{}' })).rejects.toMatchObject({
        status: 400,
        code: 50526,
      })
      expect(await conversation.messages.list()).toHaveLength(2)
    })

    it.each<[string, object, string | null]>([
      [
        'the text, where there is one',
        { 'twilio/text': { body: 'T {{1}}' }, 'twilio/quick-reply': { body: 'Q', actions: [{ title: 'x' }] } },
        'T one',
      ],
      ['the body of the form', { 'twilio/quick-reply': { body: 'Q {{1}}', actions: [{ title: 'x' }] } }, 'Q one'],
      ['title and subtitle of a card', { 'twilio/card': { title: 'C {{1}}', subtitle: 'S' } }, 'C one\nS'],
      ['the label of a place', { 'twilio/location': { latitude: 1, longitude: 2, label: '{{1}}', address: 'A' } }, 'one\nA'],
      ['nothing, where there are only pictures', { 'twilio/media': { media: ['https://example.org/{{1}}'] } }, null],
    ])('that say in plain words %s', async (_, types, body) => {
      const conversation = await newConversation()
      const { sid } = await create({ language: 'en', types })
      const sent = await conversation.messages.create({ contentSid: sid, contentVariables: '{"1":"one"}' })
      expect(sent).toMatchObject({ body, contentSid: sid, media: null })
    })

    const many = (count: number, value = 'v') =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}`, value])))
    const longest = JSON.stringify(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}`.padStart(16, 'k'), 'v'.repeat(256)])))

    it('as long as their variables may be', async () => {
      expect(longest).toHaveLength(27_801)
      const conversation = await newConversation()
      const { sid } = await create({ language: 'en', types: { 'twilio/text': { body: '{{kkkkkkkkkkkkkk99}}' } } })
      expect((await conversation.messages.create({ contentSid: sid, contentVariables: longest })).body).toBe('v'.repeat(256))
    })

    it.each<[string, Record<string, string>, number, object]>([
      ['without a template', { ContentVariables: '{"1":"x"}' }, 50528, {}],
      ['variables that are no JSON', { ContentVariables: '{' }, 50527, { field: 'ContentVariables' }],
      ['variables that are a list', { ContentVariables: '["x"]' }, 50527, { field: 'ContentVariables' }],
      ['variables that are a text', { ContentVariables: '"x"' }, 50527, { field: 'ContentVariables' }],
      ['a variable that is no text', { ContentVariables: '{"1":2}' }, 50527, { field: 'ContentVariables', variable: '1' }],
      ['a variable with NUL', { ContentVariables: '{"1":"\\u0000"}' }, 50527, { variable: '1' }],
      ['a gap left open', { ContentVariables: '{"2":"x"}' }, 50527, { field: 'ContentVariables', variable: '1' }],
      ['101 variables', { ContentVariables: many(101) }, 50527, { setting: 'PARLEY_LIMIT_CONTENT_VARIABLES', limit: 100 }],
      ['a name of 17 characters', { ContentVariables: `{"${'k'.repeat(17)}":"x"}` }, 50540, { limit: 16 }],
      ['a value of 257 characters', { ContentVariables: `{"1":"${'v'.repeat(257)}"}` }, 50541, { variable: '1', limit: 256 }],
      ['more than 27,801 characters', { ContentVariables: `${longest} ` }, 50529, { limit: 27_801 }],
    ])('but not with %s', async (title, form, code, details) => {
      const { sid } = await create(text)
      const conversation = await newConversation()
      const { url } = await conversation.fetch()
      const named: Record<string, string> = title === 'without a template' ? {} : { ContentSid: sid }
      expect(await ask(parley(), `${url}/Messages`, { form: { Body: 'x', ...named, ...form } })).toMatchObject({
        status: 400,
        json: { status: 400, code, ...(Object.keys(details).length > 0 ? { details } : {}) },
      })
      expect(await conversation.messages.list()).toEqual([])
    })

    it('but no longer than a message may be', async () => {
      const { sid } = await create({ language: 'en', types: { 'twilio/text': { body: '{{1}}'.repeat(200) } } })
      const conversation = await newConversation()
      await expect(
        conversation.messages.create({ contentSid: sid, contentVariables: JSON.stringify({ 1: 'x'.repeat(256) }) }),
      ).rejects.toMatchObject({ status: 400, code: 50504, details: { limit: 32_768 } })
    })
  })
})
