import { describe, expect, it } from 'vitest'
import { ReplayEventEmitter } from './events.ts'

type Events = { said: (word: string, times: number) => void; ended: () => void }

const emitter = () => new ReplayEventEmitter<Events>()

describe('events', () => {
  it('reach listeners in the order in which they came, and no others', () => {
    const heard: string[] = []
    const one = emitter()
      .on('said', (word) => heard.push(`a ${word}`))
      .prependListener('said', (word) => heard.push(`b ${word}`))
      .once('said', (word) => heard.push(`c ${word}`))
    expect(one.emit('said', 'x', 1)).toBe(true)
    expect(one.emit('said', 'y', 1)).toBe(true)
    expect(one.emit('ended')).toBe(false)
    expect(heard).toEqual(['b x', 'a x', 'c x', 'b y', 'a y'])
  })

  it('are replayed to those who ask for it, the last one of each name', () => {
    const one = emitter()
    one.emit('said', 'first', 1)
    one.emit('said', 'second', 2)
    const heard: string[] = []
    one.onWithReplay('said', (word) => heard.push(`on ${word}`))
    one.addListenerWithReplay('said', (word) => heard.push(`add ${word}`))
    one.onceWithReplay('said', (word) => heard.push(`once ${word}`))
    one.onceWithReplay('ended', () => heard.push('ended'))
    one.emit('said', 'third', 3)
    one.emit('ended')
    one.emit('ended')
    expect(heard).toEqual(['on second', 'add second', 'once second', 'on third', 'add third', 'ended'])
  })

  it('go on when a listener takes itself away, and leave nothing behind', () => {
    const one = emitter()
    const heard: string[] = []
    const self = () => {
      heard.push('self')
      one.off('said', self)
    }
    one.on('said', self).on('said', () => heard.push('other'))
    one.emit('said', 'x', 1)
    one.emit('said', 'y', 1)
    expect(heard).toEqual(['self', 'other', 'other'])
    expect(one.listenerCount('said')).toBe(1)
    one.removeAllListeners()
    expect(one.eventNames()).toEqual([])
  })

  it('reach everybody, also when a listener throws; the error is thrown on its own', async () => {
    const one = emitter()
    const heard: string[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
    one.on('said', () => {
      throw new Error('mine')
    })
    one.on('said', (word) => heard.push(word))
    one.emit('said', 'x', 1)
    expect(await thrown).toMatchObject({ message: 'mine' })
    for (const other of others) process.on('uncaughtException', other)
    expect(heard).toEqual(['x'])
  })

  it('can be read one by one, and the reading ends', async () => {
    const one = emitter()
    const end = new AbortController()
    const read: [string, number][] = []
    const reading = (async () => {
      for await (const args of one.stream('said', { signal: end.signal })) {
        read.push(args)
        if (read.length === 3) end.abort()
      }
    })()
    one.emit('said', 'a', 1)
    one.emit('said', 'b', 2)
    await Promise.resolve()
    one.emit('said', 'c', 3)
    await reading
    expect(read).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    expect(one.listenerCount('said')).toBe(0)
  })

  it('wait for a slow reader up to a bound', async () => {
    const one = emitter()
    const stream = one.stream('said', { most: 2 })
    for (const word of ['a', 'b', 'c']) one.emit('said', word, 0)
    expect((await stream.next()).value).toEqual(['b', 0])
    await stream.return?.()
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(one.listenerCount('said')).toBe(0)
  })
})
