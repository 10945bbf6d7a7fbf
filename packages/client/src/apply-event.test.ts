import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyDocument,
  applyMessageItem,
  applyMyConversation,
  applyRosterItem,
  applyUserInfo,
  unknownConversation,
  unknownMessage,
  unknownParticipant,
  unknownUser,
} from './apply-event.ts'

describe('the conversation document', () => {
  const whole = {
    sid: 'CH1',
    friendlyName: 'Team',
    uniqueName: 'team',
    attributes: { topic: 'x' },
    createdBy: 'alice',
    dateCreated: '2026-11-20T09:34:07.198Z',
    dateUpdated: '2026-11-20T09:34:07.810Z',
    messages: 'CH1.messages',
    roster: 'CH1.roster',
    lastMessage: { index: 3, timestamp: '2026-11-20T09:34:07.810Z' },
    state: { current: 'active', dateUpdated: '2026-11-20T09:34:07.198Z' },
    bindings: {},
  } as const
  const known = applyDocument(unknownConversation, whole).fields

  it('is read whole', () => {
    expect(known).toMatchObject({ friendlyName: 'Team', attributes: { topic: 'x' }, lastMessage: { index: 3 }, status: 'notParticipating' })
    expect(known.dateCreated).toBe(Date.parse(whole.dateCreated))
  })

  it.each([
    [{ friendlyName: 'Other' }, ['friendlyName']],
    [{ friendlyName: null }, ['friendlyName']],
    [{ uniqueName: null }, ['uniqueName']],
    [{ attributes: '{"topic":"y"}' }, ['attributes']],
    [{ createdBy: 'bob' }, ['createdBy']],
    [{ lastMessage: null }, ['lastMessage']],
    [
      { lastMessage: { index: 4, timestamp: '2026-11-20T10:00:00.000Z' }, dateUpdated: '2026-11-20T10:00:00.000Z' },
      ['dateUpdated', 'lastMessage'],
    ],
    [{ state: { current: 'closed', dateUpdated: '2026-11-20T10:00:00.000Z' } }, ['state']],
    [{ bindings: { email: { projected_address: 'a@b' } } }, ['bindings']],
    [{ dateCreated: '2020-01-01T00:00:00.000Z' }, ['dateCreated']],
  ] as const)('%j is told as %j', (data, reasons) => {
    expect(applyDocument(known, data as never).reasons.toSorted()).toEqual(reasons)
  })

  it.each([[{}], [whole], [{ attributes: '{"topic":"x"}' }], [{ friendlyName: 'Team', dateUpdated: 'no date' }]])(
    '%j changes nothing',
    (data) => {
      const applied = applyDocument(known, data as never)
      expect(applied.reasons).toEqual([])
      expect(applied.fields).toBe(known)
    },
  )

  it('says nothing about one user', () => {
    const { reasons } = applyDocument(known, { status: 'joined', lastConsumedMessageIndex: 9, notificationLevel: 'muted' } as never)
    expect(reasons).toEqual([])
  })
})

it('the user’s own side: read position and notification level', () => {
  expect(applyMyConversation(unknownConversation, { lastConsumedMessageIndex: 0, notificationLevel: 'muted' }).reasons).toEqual([
    'lastReadMessageIndex',
    'notificationLevel',
  ])
  const read = applyMyConversation(unknownConversation, { lastConsumedMessageIndex: 5 }).fields
  expect(applyMyConversation(read, { lastConsumedMessageIndex: null }).reasons).toEqual(['lastReadMessageIndex'])
})

it('participants: every reason, and a read position that is taken away', () => {
  const { fields, reasons } = applyRosterItem(unknownParticipant, {
    attributes: '{"a":1}',
    dateCreated: '2026-11-20T09:34:07.198Z',
    dateUpdated: '2026-11-20T09:34:07.198Z',
    roleSid: 'RL1',
    lastConsumedMessageIndex: 2,
    lastConsumptionTimestamp: 1_795_167_247_810,
    bindings: { email: { name: 'n', address: 'a', level: 'to' } },
  })
  expect(reasons.toSorted()).toEqual(
    ['attributes', 'bindings', 'dateCreated', 'dateUpdated', 'lastReadMessageIndex', 'lastReadTimestamp', 'roleSid'].toSorted(),
  )
  expect(applyRosterItem(fields, { lastConsumedMessageIndex: null, lastConsumptionTimestamp: null }).reasons).toEqual([
    'lastReadMessageIndex',
    'lastReadTimestamp',
  ])
})

describe('messages', () => {
  const known = applyMessageItem(unknownMessage, { text: 'hello', author: 'alice', attributes: '{}', subject: 's' }).fields

  it('keep what an update does not say', () => {
    expect(applyMessageItem(known, { text: 'bye' })).toMatchObject({ reasons: ['body'], fields: { author: 'alice', subject: 's' } })
  })

  it('may become empty', () => {
    expect(applyMessageItem(known, { text: '' })).toMatchObject({ reasons: ['body'], fields: { body: '' } })
    expect(applyMessageItem(known, { text: null }).reasons).toEqual([])
  })

  it('have a receipt only when all its amounts are there', () => {
    const delivery = { total: 2, sent: 'all', delivered: 'some', read: 'none', failed: 'none', undelivered: 'none' } as const
    expect(applyMessageItem(known, { delivery }).reasons).toEqual(['deliveryReceipt'])
    expect(applyMessageItem(known, { delivery: { ...delivery, total: 0 } }).reasons).toEqual([])
    expect(applyMessageItem(known, { delivery: { ...delivery, read: '' as 'none' } }).reasons).toEqual([])
  })

  it('take attributes that are no JSON for none', () => {
    expect(applyMessageItem(known, { attributes: '{"broken' }).fields.attributes).toEqual({})
  })

  it('are told of twice as once', () => {
    const item = fc.record({
      text: fc.string(),
      author: fc.string(),
      subject: fc.string(),
      attributes: fc.json(),
      dateUpdated: fc.constant('2026-01-01T00:00:00Z'),
    })
    fc.assert(
      fc.property(item, (data) => {
        const once = applyMessageItem(unknownMessage, data).fields
        expect(applyMessageItem(once, data).reasons).toEqual([])
      }),
    )
  })
})

it('users: names, attributes, reachability; other keys are none of ours', () => {
  expect(applyUserInfo(unknownUser, 'friendlyName', { value: 'Alice' }).fields.friendlyName).toBe('Alice')
  expect(applyUserInfo(unknownUser, 'attributes', { value: '{"c":1}' }).fields.attributes).toEqual({ c: 1 })
  expect(applyUserInfo(unknownUser, 'reachability', { online: true, notifiable: false }).reasons).toEqual([
    'reachabilityOnline',
    'reachabilityNotifiable',
  ])
  expect(applyUserInfo(unknownUser, 'something', { value: 'x' })).toEqual({ fields: unknownUser, reasons: [] })
})
