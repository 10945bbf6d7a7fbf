import { isSid } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { createIds } from './ids.ts'

describe('ids', () => {
  it('makes SIDs that begin with the kind and the time', () => {
    const ids = createIds(() => 0x18f_0000_0001)
    expect(ids.sid('message')).toMatch(/^IM018f00000001/)
    expect(isSid('conversation', ids.sid('conversation'))).toBe(true)
  })

  it('makes each SID once, and greater than those before, whatever the time does', () => {
    let time = 1_000_000
    const ids = createIds(() => time)
    const sids = Array.from({ length: 200_000 }, (_, n) => {
      if (n % 1_000 === 0) time += n % 2_000 === 0 ? 1 : -1
      return ids.sid('message')
    })

    expect(new Set(sids).size).toBe(sids.length)
    expect(sids.every((sid, n) => n === 0 || sid > (sids[n - 1] as string))).toBe(true)
  })

  it('makes the same SID from the same UUID and maker, on every node, as old as the UUID says', () => {
    const uuid = '0193e5f0-1a2b-7c3d-8e4f-5a6b7c8d9e0f'
    const sid = createIds(() => 1).sidFrom('message', uuid, 'alice')
    expect(sid).toMatch(/^IM0193e5f01a2b[0-9a-f]{20}$/)
    expect(createIds(() => 2).sidFrom('message', uuid, 'alice')).toBe(sid)
    expect(createIds(() => 1).sidFrom('message', uuid, 'bob')).not.toBe(sid)
    expect(createIds(() => 1).sidFrom('message', uuid.replace('7c3d', '7c3e'), 'alice')).not.toBe(sid)
    for (const none of [uuid.replace('-7', '-4'), uuid.toUpperCase(), `${uuid}0`, ` ${uuid}`, '', 'x'])
      expect(createIds(() => 1).sidFrom('message', none, 'alice')).toBeUndefined()
  })

  it('makes SIDs that another node does not make', () => {
    const [one, other] = [createIds(() => 1), createIds(() => 1)]
    expect(one.sid('message')).not.toBe(other.sid('message'))
  })

  it('makes secrets of 32 letters and digits, of all of them', () => {
    const ids = createIds(Date.now)
    const secrets = Array.from({ length: 500 }, () => ids.secret())
    expect(new Set(secrets).size).toBe(500)
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(new Set(secrets.join('')).size).toBe(62)
  })

  it('makes UUIDs', () => {
    expect(createIds(Date.now).uuid()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })
})
