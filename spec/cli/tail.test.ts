import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'

describe('parley messages tail', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeEach(async () => {
    alice = await person(environmentFor(parley()))
  })
  afterEach(() => alice[Symbol.asyncDispose]())

  it('shows what was said last, then what is said, and ends with Ctrl-C', async () => {
    const { conversations } = parley().conversations
    const { sid } = await conversations.create({ uniqueName: 'watched' })
    for (const body of ['one', 'two', 'three']) await conversations(sid).messages.create({ author: 'bob', body })

    const tail = alice.start('messages', 'tail', 'watched', '-n', '2')
    await tail.line('the last message', /bob: three$/)
    await conversations(sid).messages.create({ author: 'carol', body: 'four\nand \u001b[2J more' })
    const heard = await tail.line('a new message', /carol: four/)
    expect(heard).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ carol: four\\nand \\u001b\[2J more$/)

    const { code, out, said } = await tail.end('SIGINT')
    expect({ code, said }).toEqual({ code: 0, said: '' })
    expect(out).not.toContain('bob: one')
    expect(out.trim().split('\n')).toHaveLength(3)
    // Who only watches takes no part.
    expect(await conversations(sid).participants.list()).toEqual([])
  })

  it('misses nothing when the server goes away and comes back', async () => {
    const { conversations } = parley().conversations
    const { sid } = await conversations.create({ uniqueName: 'kept' })
    await conversations(sid).participants.create({ identity: 'dave' })
    await conversations(sid).messages.create({ body: 'before' })
    const tail = alice.start('messages', 'tail', sid, '--json', '--identity', 'dave', '-n', '1')
    await tail.line('a message', /"body":"before"/)
    await parley().restart()
    await conversations(sid).messages.create({ author: 'erin', body: 'after' })
    expect(JSON.parse(await tail.line('a message after the restart', /"body":"after"/))).toMatchObject({ index: 1, author: 'erin' })
    expect(await tail.end('SIGINT')).toMatchObject({ code: 0, said: expect.stringContaining('Connected again') })
  })

  it('says why somebody may not follow', async () => {
    const { sid } = await parley().conversations.conversations.create({})
    expect(await alice.parley('messages', 'tail', sid, '--identity', 'stranger')).toMatchObject({ code: 4, out: '' })
    expect((await alice.parley('messages', 'tail', 'nothing-here')).code).toBe(5)
  })
})
