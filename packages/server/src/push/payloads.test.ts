import { describe, expect, it } from 'vitest'
import type { Notice, PushTarget } from '../domain/push/push-sender.ts'
import { apnsPayload, fcmPayload, webPayload } from './payloads.ts'

const target: PushTarget = { binding_type: 'fcm', address: 'token', access: undefined, keys: undefined, topic: 'topic', lifetime: 60 }
const notice: Notice = {
  message_type: 'new_message',
  body: 'hello',
  sound: null,
  badge: null,
  data: {
    conversation_sid: `CH${'0'.repeat(32)}`,
    conversation_title: 'title',
    author: 'alice',
    message_sid: `IM${'0'.repeat(32)}`,
    message_index: 7,
    media_count: 1,
    media: { sid: `ME${'0'.repeat(32)}`, filename: 'parrot.png', content_type: 'image/png', size: 5 },
  },
}
const compositions = {
  apns: (one: Notice) => apnsPayload(one),
  fcm: (one: Notice) => fcmPayload(target, one),
  web: (one: Notice) => webPayload(one),
}

describe.each(Object.entries(compositions))('a payload for %s', (_, compose) => {
  it('has everything when there is room', () => {
    const payload = compose(notice) ?? ''
    for (const word of ['twilio.conversations.new_message', 'hello', 'title', 'alice', 'parrot.png']) expect(payload).toContain(word)
  })

  it('does without its file, and then without most of its title, rather than be too large', () => {
    const large = { ...notice, data: { ...notice.data, conversation_title: '🦜'.repeat(300), author: 'a'.repeat(1_200) } }
    const bulky = { ...large, data: { ...large.data, media: { sid: 'ME', filename: 'f'.repeat(2_000), content_type: 'x', size: 1 } } }
    const payload = compose(bulky) ?? ''
    expect(payload).not.toContain('fff')
    expect(payload).toContain('🦜')
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(4_096)
    const larger = { ...bulky, data: { ...bulky.data, conversation_title: '🦜'.repeat(1_000) } }
    expect(Buffer.byteLength(compose(larger) ?? '')).toBeLessThanOrEqual(4_096)
    expect(compose(larger)).toContain('🦜')
  })

  it('is none when it is too large all the same', () => {
    expect(compose({ ...notice, body: 'x'.repeat(5_000) })).toBeUndefined()
  })
})
