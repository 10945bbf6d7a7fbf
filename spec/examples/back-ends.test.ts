import { describe, expect, it } from 'vitest'
import { startExample } from '../support/example.ts'
import { sharedParley } from '../support/rest.ts'
import { App } from '../support/sdk.ts'

describe('the example of a token server', () => {
  const parley = sharedParley({})
  const environment = () => {
    const { account_sid, api_key_sid, api_key_secret, service_sid } = parley().credentials
    return {
      PORT: '0',
      PARLEY_ACCOUNT_SID: account_sid,
      PARLEY_API_KEY_SID: api_key_sid,
      PARLEY_API_KEY_SECRET: api_key_secret,
      PARLEY_SERVICE_SID: service_sid,
    }
  }

  it('gives tokens with which apps connect', async () => {
    await using example = startExample('token-server', ['server.js'], environment())
    const [, base] = /(http:\S+)\/token/.exec(await example.line('its address', /Tokens at/)) ?? []
    for (const answer of [await fetch(`${base}/token?identity=carol`), await fetch(`${base}/token/carol`, { method: 'POST' })]) {
      expect(answer.status).toBe(200)
      const { identity, token } = (await answer.json()) as { identity: string; token: string }
      expect(identity).toBe('carol')
      const app = new App({ version: '3.0.1', uri: parley().socketUrl, identity, token })
      await app.hears('initialized')
      await app.client.getSubscribedConversations()
      await app.shutdown()
    }
    expect((await fetch(`${base}/token`)).status).toBe(400)
    // No page of another origin may ask, unless it is named.
    expect((await fetch(`${base}/token?identity=carol`)).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('says what it misses', async () => {
    const { code, said } = await startExample('token-server', ['server.js'], { ...environment(), PARLEY_API_KEY_SECRET: '' }).ended
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('PARLEY_API_KEY_SECRET is missing') })
  })
})

describe('the example of the official SDK', () => {
  const parley = sharedParley({})

  it('lets two people talk on their terminals', async () => {
    await using alice = startExample('official-sdk', ['chat.js', 'alice', 'bob'], { PARLEY_URL: parley().url })
    await alice.line('its start', /alice talks to bob/)
    await using bob = startExample('official-sdk', ['chat.js', 'bob', 'alice'], { PARLEY_URL: parley().url })
    await bob.line('its start', /bob talks to alice/)
    bob.type('Is anybody there?')
    await alice.line('the question', /^bob: Is anybody there\?$/)
    alice.type('Yes.')
    await bob.line('the answer', /^alice: Yes\.$/)
    alice.child.stdin?.end()
    expect(await alice.ended).toEqual({ code: 0, said: '' })
  })
})
