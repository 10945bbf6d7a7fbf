import '../../../../../spec/support/page.ts'
import type { Message } from '@parley/client'
import { describe, expect, it } from 'vitest'
import type { Unsent } from '../composer/outbox.ts'
import { rowsOf } from './rows.ts'

const noon = new Date(2026, 2, 3, 12).getTime()
const message = (index: number, author: string, minutes: number, localId?: string) =>
  ({
    sid: `IM${index}`,
    index,
    author,
    dateCreated: new Date(noon + minutes * 60_000),
    attributes: localId ? { local_id: localId } : {},
  }) as Message
const unsent = (id: string, minutes: number) => ({ id, written: noon + minutes * 60_000 }) as Unsent
const notice = (key: string, after: number) => ({ key, after, text: key, date: new Date(noon) })
const nobody = { identity: 'me', firstUnread: null }

describe('rows of a thread', () => {
  it('have a head where the author changes, after a pause, and on a new day', () => {
    const rows = rowsOf(
      [message(0, 'ana', 0), message(1, 'ana', 4), message(2, 'ben', 4), message(3, 'ben', 10), message(4, 'ben', 24 * 60)],
      [],
      nobody,
    )
    expect(rows.map(({ beginsGroup }) => beginsGroup)).toEqual([true, false, true, true, true])
    expect(rows.map(({ beginsDay }) => beginsDay)).toEqual([true, false, false, false, true])
  })

  it('have one line above the first unread, also where that one is gone', () => {
    const rows = rowsOf([message(3, 'ana', 0), message(6, 'ana', 1), message(7, 'ana', 2)], [], { identity: 'me', firstUnread: 5 })
    expect(rows.map(({ beginsUnread }) => beginsUnread)).toEqual([false, true, false])
  })

  it('have it below what one has written oneself', () => {
    const rows = rowsOf([message(0, 'me', 0), message(1, 'ana', 1), message(2, 'me', 2)], [], { identity: 'me', firstUnread: 0 })
    expect(rows.map(({ beginsUnread }) => beginsUnread)).toEqual([false, true, false])
  })

  it('end with what is on its way, but not with what has arrived', () => {
    const rows = rowsOf([message(0, 'me', 0, 'a'), message(1, 'ana', 1, 'b')], [unsent('a', 0), unsent('b', 2)], nobody)
    expect(rows.map(({ key }) => key)).toEqual(['a', 'IM1', 'b'])
    expect(rows.at(-1)).toMatchObject({ author: 'me', message: null })
  })

  it('have what happened between the messages, in one row, where the messages around are there', () => {
    const notices = [notice('old', 2), notice('a', 4), notice('b', 5), notice('c', 5), notice('d', 7)]
    const rows = rowsOf([message(5, 'ana', 0), message(6, 'ana', 1), message(7, 'ana', 2)], [unsent('x', 3)], { ...nobody, notices })
    expect(rows.map(({ key, notices: told }) => told?.map((one) => one.key) ?? key)).toEqual([
      ['a'],
      'IM5',
      ['b', 'c'],
      'IM6',
      'IM7',
      ['d'],
      'x',
    ])
    // Whoever goes on writing after that is named anew.
    expect(rows.map(({ beginsGroup }) => beginsGroup)).toEqual([false, true, false, true, false, false, true])
  })
})
