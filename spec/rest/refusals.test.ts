import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCatalogue, type LimitName, limitCatalogue, limitSetting, limitsOf } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { neverAnswered } from '../conformance/deviations.ts'
import { mediaService } from '../support/media.ts'
import { RawClient } from '../support/raw-client.ts'
import { type Asking, ask, sharedParley } from '../support/rest.ts'
import { eventually } from '../support/until.ts'
import { uses } from '../support/uses.ts'

/**
 * Every code of the original's tables (rest-api §8.1, §8.2), and of ours: it is raised by a bad request here, with its status and text; or a test elsewhere shows
 * it; or it is never answered, for a reason.
 */
type Form = Record<string, string> | [string, string][]
/** A path under `/v1`, with `:conversation` and the like for what the test has made, and the parameters. */
type Bad = [code: number, path: string, form: Form, text?: string]

const long = (length: number) => 'x'.repeat(length)
const hook = { Target: 'webhook', 'Configuration.Url': 'https://example.org', 'Configuration.Filters': 'onMessageAdded' }
const trigger = { Target: 'trigger', 'Configuration.Url': 'https://example.org' }
const nobody = '0'.repeat(32)
const pair = (address: string, proxy: string) => ({ 'MessagingBinding.Address': address, 'MessagingBinding.ProxyAddress': proxy })

const bad: Bad[] = [
  [50000, 'Services', {}],
  [50003, 'Conversations', { FriendlyName: long(257) }],
  [50004, 'Conversations', { UniqueName: long(257) }],
  [50050, 'Configuration', { DefaultChatServiceSid: `IS${nobody}` }],
  [50054, 'Configuration/Addresses', { Type: 'sms', Address: '+15550000001', 'AutoCreation.WebhookUrl': 'javascript:1' }],
  [50055, 'Conversations/:conversation/Webhooks', { ...hook, 'Configuration.Method': 'PUT' }],
  [50100, 'Users', { Identity: 'nobody', RoleSid: `RL${nobody}` }],
  [50104, 'Roles', { FriendlyName: 'r', Type: 'service', Permission: 'fly' }],
  [50105, 'Roles', { FriendlyName: 'r', Type: 'deployment', Permission: 'sendMessage' }],
  [50109, 'Conversations/:conversation/Participants', { Identity: 'nobody', RoleSid: `RL${nobody}` }],
  [50201, 'Users', { Identity: 'alice' }],
  [50204, 'Users', {}],
  [50206, 'Users', { Identity: `US${nobody}` }],
  [50207, 'Users', { Identity: long(257) }],
  [50210, 'Users/alice/Conversations/:conversation', { NotificationLevel: 'loud' }],
  [50211, 'Conversations/:conversation/Participants', { Identity: 'nobody', ...pair('+15550000001', '+15550000002') }],
  [50303, 'Conversations', { Attributes: JSON.stringify(long(16_384)) }],
  [50304, 'Conversations', { Attributes: '{' }],
  [50308, 'Conversations', { DateCreated: 'yesterday' }],
  [50309, 'Conversations', { DateUpdated: 'yesterday' }],
  [50310, 'Conversations/:conversation/Messages', { Body: 'hi', Author: long(257) }],
  [50341, 'Conversations', { MessagingServiceSid: 'MG1' }],
  [50353, 'Conversations', { UniqueName: 'taken' }],
  [50364, 'Conversations/:conversation/Webhooks', { ...hook, Target: 'fax' }],
  [50365, 'Conversations/:conversation/Webhooks', { ...hook, 'Configuration.Filters': 'onRain' }],
  [50366, 'Conversations/:conversation/Webhooks', { ...trigger, 'Configuration.Triggers': long(249) }],
  [50367, 'Conversations/:conversation/Webhooks', { Target: 'studio' }],
  [50368, 'Conversations/:conversation/Webhooks', {}],
  [50369, 'Conversations/:conversation/Webhooks', { Target: 'webhook' }],
  [50370, 'Conversations/:conversation/Webhooks', { Target: 'webhook', 'Configuration.Url': 'https://example.org' }],
  [50371, 'Conversations/:conversation/Webhooks', trigger],
  [50372, 'Conversations/:conversation/Webhooks', { ...hook, 'Configuration.Url': `https://example.org/${long(512)}` }],
  [
    50362,
    'Conversations/:conversation/Webhooks',
    [...Object.entries(trigger), ...[1, 2, 3, 4, 5, 6].map((n): [string, string] => ['Configuration.Triggers', `word ${n}`])],
  ],
  [50374, 'Conversations', { State: '' }],
  [50375, 'Conversations', { 'Timers.Inactive': 'PT59S' }],
  [50376, 'Conversations', { 'Timers.Closed': 'PT9M' }],
  [50377, 'Conversations/:closed', { FriendlyName: 'late' }],
  [50378, 'Conversations', { State: 'asleep' }],
  [50379, 'Conversations', { 'Timers.Inactive': '5 minutes' }],
  [50380, 'Conversations', { 'Timers.Closed': '1 day' }],
  [50384, 'Conversations', { State: 'closed' }],
  [50390, 'Conversations', { UniqueName: `CH${nobody}` }],
  [50407, 'Conversations/:conversation/Participants', pair('somebody', '+15550000002')],
  [50408, 'Conversations/:conversation/Participants', pair('+15550000001', 'somebody')],
  [50409, 'Conversations/:conversation/Participants', pair('+15550000001', '+15550000001')],
  [50411, 'Conversations/:conversation/Participants', pair('', '+15550000002')],
  [50412, 'Conversations/:conversation/Participants', pair('+15550000001', '')],
  [50414, 'Conversations/:conversation/Participants', pair('+15550000001', 'whatsapp:+15550000002')],
  [
    50416,
    'Conversations/:conversation/Participants',
    pair('+15550000009', '+15550000008'),
    'A binding for this participant and proxy address already exists in Conversation :conversation',
  ],
  [50420, 'Conversations/:conversation/Participants', { ...pair('+15550000001', '+15550000002'), 'MessagingBinding.Name': 'n' }],
  [50421, 'Conversations/:conversation/Participants/alice', { LastReadMessageIndex: 'first' }],
  [50426, 'ConversationWithParticipants', Array.from({ length: 11 }, (): [string, string] => ['Participant', '{"identity":"i"}'])],
  [50433, 'Conversations/:conversation/Participants', { Identity: 'alice' }],
  [50434, 'Conversations/:conversation/Participants', { Identity: 'nobody', 'MessagingBinding.ProjectedAddress': '' }],
  [50441, 'Conversations/:conversation/Participants/alice', { 'MessagingBinding.ProxyAddress': '+15550000002' }],
  [50443, 'Conversations/:conversation/Participants/:phone', { 'MessagingBinding.ProjectedAddress': '+15550000002' }],
  [50444, 'Conversations/:conversation/Participants/alice', { Identity: 'bob' }],
  [50503, 'Conversations/:conversation/Messages', {}],
  [50504, 'Conversations/:conversation/Messages', { Body: long(32_769) }],
  [50507, 'Conversations/:conversation/Messages', { MediaSid: `ME${nobody}` }],
  [50508, 'Conversations/:conversation/Messages', { MediaSid: ':sent' }],
  [50509, 'Conversations/:conversation/Messages/:picture', { Body: 'words' }],
  [50510, 'Conversations/:conversation/Messages', { MediaSid: 'ME1' }],
  [50512, 'Conversations/:conversation/Messages', { MediaSid: ':heavy' }],
  [50526, 'Conversations/:conversation/Messages', { ContentSid: 'HX1' }],
]

/** What has nothing to do with conversations (rest-api §8.1). */
const badManners: [code: number, path: string, asking: Asking, text?: string][] = [
  [20001, 'Conversations?PageSize=all', {}, 'Invalid parameter PageSize: a whole number from 1 is expected'],
  [20003, 'Conversations', { login: null }],
  [20004, 'Conversations', { method: 'PUT' }],
  [20161, 'Conversations/:conversation', { form: {} }],
  [20404, `Conversations/CH${nobody}`, {}, `The requested resource /Conversations/CH${nobody} was not found`],
  [20413, 'Conversations', { form: { FriendlyName: long(1_048_576) } }],
  [20422, 'Conversations', { sends: {} }],
]

/** What apps are answered over a connection; by REST the path that leads nowhere is 20404. */
const badCommands: [code: number, method: string, path: string, body?: object][] = [
  [50200, 'GET', 'Users/nobody'],
  [50350, 'GET', `Conversations/CH${nobody}`],
  [50430, 'GET', 'Conversations/:foreign'],
  [50432, 'POST', `Conversations/:conversation/Participants/MB${nobody}`, { attributes: '{}' }],
  [50500, 'POST', `Conversations/:conversation/Messages/IM${nobody}`, { body: 'late' }],
  [50530, 'GET', 'Conversations/:conversation/Messages/:message/ChannelMetadata'],
]

/** Tests that need more than one bad request: files that hold the code. */
const elsewhere: Record<number, string> = {
  20002: 'rest/accounts',
  20005: 'rest/accounts',
  20104: 'sdk/connections',
  20403: 'rest/accounts',
  20408: 'media/uploads',
  20409: 'rest/roles',
  20423: 'rest/receipts',
  20429: 'console/session',
  20500: 'rest/unforeseen',
  20503: 'rest/operations',
  50056: 'webhooks/asking',
  50057: 'webhooks/asking',
  50058: 'push/configuration',
  50059: 'push/configuration',
  50063: 'rest/quotas',
  50076: 'webhooks/asking',
  50107: 'sdk/permissions',
  50214: 'rest/quotas',
  50361: 'webhooks/configuration',
  50391: 'rest/conversation-with-participants',
  50413: 'rest/proxy-addresses',
  50417: 'rest/participants',
  50418: 'rest/participants',
  50436: 'rest/group-mms',
  50437: 'rest/group-mms',
  50438: 'rest/group-mms',
  50439: 'rest/proxy-addresses',
  50442: 'rest/participants',
  50451: 'rest/participant-conversations',
  50453: 'rest/group-mms',
  50513: 'rest/group-mms',
  50527: 'content/templates',
  50528: 'content/templates',
  50529: 'content/templates',
  50540: 'content/templates',
  50541: 'content/templates',
  51001: 'rest/quotas',
  51003: 'sdk/connections',
  51100: 'sdk/connections',
  51101: 'sdk/connections',
  51103: 'sdk/connections',
  51104: 'sdk/connections',
  51105: 'sdk/connections',
  51114: 'sdk/connections',
  51115: 'sdk/connections',
  51116: 'sdk/connections',
  51117: 'sdk/connections',
  51120: 'sdk/connections',
  51121: 'sdk/connections',
  51130: 'sdk/connections',
  51131: 'sdk/connections',
  54009: 'sdk/sync',
  54056: 'hostile/bounds',
  54100: 'sdk/sync',
}

/** The statuses of the original's codes (rest-api §8.1, §8.2), as far as they are answered; those of all others are 400. */
const statuses: Record<number, number[]> = {
  401: [20003, 20104],
  403: [20005, 20403, 50056, 50107, 50214, 50413, 50417, 50418, 50430, 50436, 50439],
  404: [20404, 50050, 50100, 50109, 50200, 50350, 50432, 50500, 50507, 50530],
  405: [20004],
  408: [20408],
  409: [20409, 50201, 50353, 50391, 50416, 50433, 50437, 50438],
  413: [20413],
  422: [20422],
  429: [20429, 50063],
  500: [20500],
  503: [20503],
}

/** The codes in the first cells of a table: `20001`, `20101 – 20107`, `51007, 51103–51105`. */
const codesOf = (table: string) =>
  [...table.matchAll(/^\| (\d{5}[\d ,–]*) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('–').map(Number)
      return Array.from({ length: last - first + 1 }, (_, at) => first + at)
    }),
  )

/** All that the server and the protocol say, as one text. */
function sources(): string {
  const folders = ['server', 'protocol'].map((name) => new URL(`../../packages/${name}/src/`, import.meta.url))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8')),
  )
  return files.join('\n')
}

describe('refusals', () => {
  const parley = sharedParley({ settings: { PARLEY_LIMIT_MEDIA_MEGABYTES_PER_MESSAGE: '1' } })
  let made: Promise<Record<string, string>> | undefined
  const names = () => {
    made ??= furnish()
    return made
  }

  async function furnish(): Promise<Record<string, string>> {
    const { conversations } = parley().conversations
    const [{ sid: conversation }, { sid: foreign }] = [await conversations.create({ uniqueName: 'taken' }), await conversations.create()]
    const closed = await conversations.create()
    await conversations(closed.sid).update({ state: 'closed' })
    await conversations(conversation).participants.create({ identity: 'alice' })
    const held = { 'messagingBinding.address': '+15550000009', 'messagingBinding.proxyAddress': '+15550000008' }
    const { sid: phone } = await conversations(conversation).participants.create(held)
    const { sid: message } = await conversations(conversation).messages.create({ body: 'hello', author: 'alice' })
    const { upload } = mediaService(parley())
    const [{ sid: sent }, { sid: heavy }] = [await upload('a note'), await upload(Buffer.alloc(1_048_577))]
    const { sid: picture } = await conversations(conversation).messages.create({ mediaSid: sent })
    return { conversation, foreign, closed: closed.sid, phone, message, sent, heavy, picture }
  }

  const filled = async (text: string) => {
    const known = await names()
    return text.replace(/:(\w+)/g, (_, name: string) => known[name] ?? name)
  }
  const meaningOf = (code: number) => Object.values(errorCatalogue).find((meaning) => meaning.code === code)

  it.each(bad)('%i is answered to %s', async (code, path, form, text) => {
    const meaning = meaningOf(code)
    const parameters = Array.isArray(form) ? form : Object.entries(form)
    const meant = parameters.map(
      async ([name, value]): Promise<[string, string]> => [name, value.startsWith(':') ? await filled(value) : value],
    )
    const { status, json } = await ask(parley(), await filled(`/v1/${path}`), { method: 'POST', form: await Promise.all(meant) })
    expect({ status, ...json }).toMatchObject({
      code,
      status: meaning?.status,
      message: text ? await filled(text) : meaning?.text,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
    })
    expect(status).toBe(json.status)
  })

  it.each(badManners)('%i is answered to what is asked of %s', async (code, path, asking, text) => {
    const meaning = meaningOf(code)
    const { status, json } = await ask(parley(), await filled(`/v1/${path}`), asking)
    expect({ status, ...json }).toMatchObject({ code, status: meaning?.status, message: text ?? meaning?.text })
  })

  it.each(badCommands)('%i is answered to %s %s', async (code, method, path, body) => {
    const client = await RawClient.start(parley().socketUrl, parley().token('alice'))
    const meaning = meaningOf(code)
    const to = await filled(`/Client/v2/Services/${parley().credentials.service_sid}/${path}`)
    const answer = await client.request(method, to, body ? { body } : {})
    client.socket.terminate()
    expect(answer).toMatchObject({ status: meaning?.status, body: { code, status: meaning?.status, message: meaning?.text } })
  })

  it('50516 is answered to a command of SDK 1.x', async () => {
    const client = await RawClient.start(parley().socketUrl, parley().token('alice'))
    const list = await client.post('/v3/Lists', { purpose: 'com.twilio.rtd.ipmsg', context: { type: 'IpMsgSession', apiVersion: '4' } })
    const { conversation } = await names()
    const command = { commandId: 'one', request: { action: 'deleteMessage', channelSid: conversation, messageIdx: 'first' } }
    // Asked again it tells what has become of it.
    const response = await eventually('an answer to the command', async () => {
      const { body } = await client.post(`/v3/Lists/${list.body.sid}/Items`, { data: command })
      return body.data.response
    })
    client.socket.terminate()
    uses('code 50516', 'Parley')
    expect(response).toEqual({ status: 50516, statusText: meaningOf(50516)?.text })
  })

  const raised = [...bad, ...badManners, ...badCommands].map(([code]) => code).concat(50516)

  it('are all accounted for', () => {
    const listed = [...raised, ...Object.keys(elsewhere).map(Number), ...Object.keys(neverAnswered).map(Number)]
    const folder = process.env['PARLEY_REFERENCE']
    const tables = folder ? (readFileSync(join(folder, 'rest-api.md'), 'utf8').split('### 8.1')[1]?.split('### 8.3')[0] ?? '') : ''
    const known = [...codesOf(tables), ...Object.values(errorCatalogue).map(({ code }) => code)]
    if (folder) expect(codesOf(tables).length).toBeGreaterThan(150)
    expect(known.filter((code) => !listed.includes(code))).toEqual([])
    expect(listed.filter((code, at) => listed.indexOf(code) !== at && !raised.includes(code))).toEqual([])
  })

  it('have the statuses of the original', () => {
    const answered = Object.values(errorCatalogue).filter(({ code, status }) => code < 51_000 && status !== 400)
    const expected = Object.entries(statuses).flatMap(([status, codes]) => codes.map((code) => `${status} ${code}`))
    expect([...new Set(answered.map(({ status, code }) => `${status} ${code}`))].sort()).toEqual(expected.sort())
  })

  it.each(Object.entries(elsewhere))('%s is shown in %s', (code, file) => {
    const text = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8')
    // Numbers may be spelled `50_107`.
    expect(text.replaceAll('_', '')).toMatch(new RegExp(`\\b${code}\\b`))
  })

  it('that are never answered are in no source but as what a default makes impossible', async () => {
    // Numbers may be spelled `50_107`.
    const said = sources().replaceAll('_', '')
    expect(Object.keys(neverAnswered).filter((code) => new RegExp(`\\b${code}\\b`).test(said))).toEqual(['50373'])
    const { conversation } = await names()
    for (const path of ['Configuration', `Conversations/${conversation}`]) {
      const [name, field] =
        path === 'Configuration'
          ? ['DefaultMessagingServiceSid', 'default_messaging_service_sid']
          : ['MessagingServiceSid', 'messaging_service_sid']
      await ask(parley(), `/v1/${path}`, { form: { [name as string]: '' } })
      expect((await ask(parley(), `/v1/${path}`)).json[field as string]).toMatch(/^MG/)
    }
  })
})

/** What goes over a bound, in a service that keeps them as small as `narrow` says. `:service` and `:conversation` stand for what the test has made. */
type Excess =
  | { path: string; form?: Form; sends?: unknown; first?: { path: string; form: Form }[] }
  | { registers: number }
  | { watches: number }
  | { attaches: number }

const narrow: Partial<Record<LimitName, number>> = {
  channelMetadataBytes: 100,
  recipientsPerMessage: 2,
  participantsPerConversation: 3,
  nonChatParticipantsPerConversation: 1,
  groupParticipants: 1,
  participantsPerRequest: 2,
  conversationsPerIdentity: 1,
  webhooksPerConversation: 1,
  triggersPerWebhook: 2,
  contentTemplateBytes: 200,
  contentVariables: 2,
  contentVariablesLength: 400,
  credentialSecretBytes: 100,
  mediaPerMessage: 2,
  mediaMegabytesPerMessage: 1,
  requestBodyBytes: 100_000,
  requestParameters: 50,
  subscriptionsPerConnection: 2,
  subscriptionsPerRequest: 2,
}
const values = (name: string, ...all: string[]) => all.map((value): [string, string] => [name, value])
const members = 'Conversations/:conversation/Participants'
const messages = 'Conversations/:conversation/Messages'
const content = (variables: object): Excess => ({
  path: messages,
  form: { ContentSid: `HX${nobody}`, ContentVariables: JSON.stringify(variables) },
})
const attributes = (limit: number) => ({ Attributes: JSON.stringify(long(limit)) })

/** One too much of each. */
const excesses: Partial<Record<LimitName, Excess>> = {
  friendlyNameLength: { path: 'Conversations', form: { FriendlyName: long(257) } },
  uniqueNameLength: { path: 'Conversations', form: { UniqueName: long(257) } },
  identityLength: { path: members, form: { Identity: long(257) } },
  addressLength: { path: members, form: pair(`${long(257)}@example.com`, 'team@example.com') },
  webhookUrlLength: {
    path: 'Conversations/:conversation/Webhooks',
    form: { ...hook, 'Configuration.Url': `https://example.org/${long(512)}` },
  },
  authorLength: { path: messages, form: { Body: 'hi', Author: long(257) } },
  subjectLength: { path: messages, form: { Body: 'hi', Subject: long(257) } },
  messageBodyBytes: { path: messages, form: { Body: long(32_769) } },
  conversationAttributesBytes: { path: 'Conversations/:conversation', form: attributes(16_384) },
  messageAttributesBytes: { path: messages, form: { Body: 'hi', ...attributes(4_096) } },
  participantAttributesBytes: { path: members, form: { Identity: 'new', ...attributes(4_096) } },
  userAttributesBytes: { path: 'Users', form: { Identity: 'new', ...attributes(4_096) } },
  channelMetadataBytes: { path: messages, form: { Body: 'hi', ChannelMetadata: JSON.stringify({ type: 'x', data: long(100) }) } },
  recipientsPerMessage: {
    path: messages,
    form: [['Body', 'hi'], ...values('Recipient', ...['a', 'b', 'c'].map((name) => `{"level":"to","address":"${name}@example.com"}`))],
  },
  participantsPerConversation: {
    first: [1, 2, 3].map((n) => ({ path: members, form: { Identity: `member ${n}` } })),
    path: members,
    form: { Identity: 'member 4' },
  },
  nonChatParticipantsPerConversation: {
    first: [{ path: members, form: pair('+15550001001', '+15550001000') }],
    path: members,
    form: pair('+15550001002', '+15550001000'),
  },
  groupParticipants: {
    first: [{ path: members, form: { 'MessagingBinding.Address': '+15550002001' } }],
    path: members,
    form: { Identity: 'projected', 'MessagingBinding.ProjectedAddress': '+15550002000' },
  },
  participantsPerRequest: {
    path: 'ConversationWithParticipants',
    form: values('Participant', '{"identity":"a"}', '{"identity":"b"}', '{"identity":"c"}'),
  },
  conversationsPerIdentity: {
    first: [
      { path: members, form: { Identity: 'busy' } },
      { path: 'Conversations', form: { UniqueName: 'another' } },
    ],
    path: 'Conversations/another/Participants',
    form: { Identity: 'busy' },
  },
  webhooksPerConversation: {
    first: [{ path: 'Conversations/:conversation/Webhooks', form: hook }],
    path: 'Conversations/:conversation/Webhooks',
    form: hook,
  },
  triggersPerWebhook: {
    path: 'Conversations/:conversation/Webhooks',
    form: [...Object.entries(trigger), ...values('Configuration.Triggers', 'one', 'two', 'three')],
  },
  triggerLength: { path: 'Conversations/:conversation/Webhooks', form: { ...trigger, 'Configuration.Triggers': long(249) } },
  contentTemplateBytes: { path: 'Content', sends: { language: 'en', types: { 'twilio/text': { body: long(200) } } } },
  contentVariables: content({ 1: 'a', 2: 'b', 3: 'c' }),
  contentVariableKeyLength: content({ [long(17)]: 'a' }),
  contentVariableValueLength: content({ 1: long(257) }),
  contentVariablesLength: content({ 1: long(256), 2: long(256) }),
  credentialFriendlyNameLength: { path: 'Credentials', form: { Type: 'gcm', ApiKey: 'key', FriendlyName: long(65) } },
  credentialSecretBytes: { path: 'Credentials', form: { Type: 'gcm', ApiKey: long(101) } },
  notificationTemplateLength: { path: 'Services/:service/Configuration/Notifications', form: { 'NewMessage.Template': long(1_025) } },
  notificationSoundLength: { path: 'Services/:service/Configuration/Notifications', form: { 'NewMessage.Sound': long(257) } },
  pushAddressBytes: { registers: 2_049 },
  requestBodyBytes: { path: 'Conversations', form: { FriendlyName: long(100_000) } },
  mediaPerMessage: { path: messages, form: values('MediaSid', ...['1', '2', '3'].map((digit) => `ME${digit.repeat(32)}`)) },
  mediaMegabytesPerMessage: { attaches: 1_048_577 },
  requestParameters: { path: 'Conversations', form: values('Anything', ...Array.from({ length: 51 }, (_, at) => `${at}`)) },
  subscriptionsPerRequest: { watches: 3 },
  subscriptionsPerConnection: { watches: 2 },
}

/** Bounds whose refusal takes more than a request: files that show what it says. */
const excessesElsewhere: Partial<Record<LimitName, string>> = {
  actionsPerSecond: 'rest/quotas',
  connectionsPerAccount: 'rest/quotas',
  mediaMegabytes: 'media/uploads',
  uploadMilliseconds: 'media/uploads',
  transferIdleMilliseconds: 'media/uploads',
  requestsWaiting: 'hostile/bounds',
  frameBytes: 'hostile/bounds',
  outgoingBufferBytes: 'hostile/bounds',
  initMilliseconds: 'hostile/bounds',
}

/** Bounds that refuse nobody: what is more is counted no further, makes room, waits, or is no frame. */
const refuseNobody: LimitName[] = [
  'unreadMessagesCount',
  'pushBindingsPerUser',
  'requestsInFlight',
  'requestsPerSecond',
  'frameHeaderBytes',
]

describe('a refusal because of a limit', () => {
  const settings = Object.entries(narrow).map(([name, value]) => [limitSetting(name as LimitName), String(value)])
  const parley = sharedParley({ settings: Object.fromEntries(settings) })
  const limits = limitsOf('open', narrow)

  /** @returns the body of the refusal */
  async function exceed(excess: Excess): Promise<unknown> {
    const { service_sid } = parley().credentials
    const { sid } = await parley().conversations.conversations.create()
    const to = (path: string) => `/v1/${path.replace(':service', service_sid).replace(':conversation', sid)}`
    if ('path' in excess) {
      for (const { path, form } of excess.first ?? []) expect(await ask(parley(), to(path), { form })).toMatchObject({ status: 201 })
      const { path, form, sends } = excess
      return (await ask(parley(), to(path), { ...(form ? { form } : {}), ...(sends ? { sends } : {}) })).json
    }
    if ('attaches' in excess) {
      const { sid: media } = await mediaService(parley()).upload(Buffer.alloc(excess.attaches))
      return (await ask(parley(), to(messages), { form: { MediaSid: media } })).json
    }
    const identity = `watcher of ${sid}`
    await parley().conversations.conversations(sid).participants.create({ identity })
    const client = await RawClient.start(parley().socketUrl, parley().token(identity))
    try {
      if ('registers' in excess)
        return (await client.post('/v1/registrations', { channel_type: 'fcm', data: { registration_id: long(excess.registers) } })).body
      const wish = (type: string, object: string) => ({ object_type: type, object_sid: `${sid}.${object}` }) as const
      const wishes = [wish('document', 'channel'), wish('list', 'messages'), wish('map', 'roster')] as Parameters<typeof client.subscribe>
      if (excess.watches > 2) return (await client.requestSubscriptions('establish', 1, wishes)).body
      await client.subscribe(...wishes.slice(0, 2))
      const more = await client.subscribe(...wishes.slice(2))
      return more.at(-1)?.event.error
    } finally {
      await client.close()
    }
  }

  it.each(Object.keys(excesses) as LimitName[])('names the setting of it: %s', async (name) => {
    expect(await exceed(excesses[name] as Excess)).toMatchObject({ details: { setting: limitSetting(name), limit: limits[name] } })
  })

  it('is shown for every limit that refuses', () => {
    const shown = [...Object.keys(excesses), ...Object.keys(excessesElsewhere), ...refuseNobody]
    expect(shown.toSorted()).toEqual(Object.keys(limitCatalogue).toSorted())
  })

  it.each(Object.entries(excessesElsewhere))('names the setting of %s in %s', (name, file) => {
    const text = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8')
    expect(text).toContain(`'${limitSetting(name as LimitName)}'`)
  })
})
