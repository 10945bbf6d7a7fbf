import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'
import { keys } from '../support/terminal.ts'

describe('parley at a terminal', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeEach(async () => {
    alice = await person()
  })
  afterEach(() => alice[Symbol.asyncDispose]())

  it('asks for what a profile needs, shows no secret while it is typed, and keeps it', async () => {
    const { account_sid, auth_token } = parley().credentials
    const terminal = alice.atTerminal('profiles', 'add', 'here')
    await terminal.shows('Address of the server')
    terminal.type(parley().url + keys.enter)
    await terminal.shows('Account SID')
    terminal.type(account_sid + keys.enter)
    await terminal.shows('Auth token')
    terminal.type(auth_token + keys.enter)
    await terminal.shows('The profile here is kept')
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen()).not.toContain(auth_token)
    const { profiles } = JSON.parse(readFileSync(join(alice.home, '.config', 'parley', 'profiles.json'), 'utf8'))
    expect(profiles.here).toEqual({ url: parley().url, account_sid, auth_token })
  })

  it('keeps nothing when the answer is Ctrl-C', async () => {
    const terminal = alice.atTerminal('profiles', 'add', 'here')
    await terminal.shows('Address of the server')
    terminal.type(keys.ctrlC)
    await terminal.shows('Cancelled.')
    expect(await terminal.end()).toBe(1)
    expect(await alice.parley('profiles', 'list', '--json')).toMatchObject({ code: 0, json: [] })
  })

  it('asks before it takes something away, and takes it only after a yes', async () => {
    const { conversations } = parley().conversations
    const { sid } = await conversations.create({ friendlyName: 'Dear' })
    const remove = () => alice.atTerminal('conversations', 'delete', sid, { env: environmentFor(parley()) })
    const answers = [
      // No is what Enter alone means.
      { type: keys.enter, says: 'Left as it was.', code: 1 },
      { type: keys.ctrlC, says: 'Cancelled.', code: 1 },
      { type: `y${keys.enter}`, says: /deleted/i, code: 0 },
    ]
    for (const { type, says, code } of answers) {
      const terminal = remove()
      await terminal.shows(`Delete the conversation ${sid}?`)
      expect((await conversations(sid).fetch()).friendlyName).toBe('Dear')
      terminal.type(type)
      await terminal.shows(says)
      expect(await terminal.end()).toBe(code)
    }
    await expect(conversations(sid).fetch()).rejects.toMatchObject({ status: 404 })
  })
})
