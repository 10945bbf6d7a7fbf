import { describe, expect, it } from 'vitest'
import { readOpenApi } from '../support/openapi.ts'
import { startParley } from '../support/parley.ts'
import { ask } from '../support/rest.ts'

/** Operations of the original that Parley does not serve yet, by what they are about. */
const notServed = /Receipt|WithParticipants|Credential|Binding|Notification|ConfigurationAddress/

const openApi = readOpenApi()
// Every other test of this folder compares what it sees, too.
if (!openApi) console.info('PARLEY_REFERENCE names no folder: answers are not compared with the OpenAPI file of the original')

describe('every operation that is served', () => {
  it('succeeds, and answers what the OpenAPI file of the original says', async () => {
    await using parley = await startParley()
    const { service_sid } = parley.credentials
    const asked = new Set<string>()

    const call = async (method: string, path: string, form?: Record<string, string>) => {
      const { status, json } = await ask(parley, path, { method, ...(form ? { form } : {}) })
      expect({ method, path, status }).toMatchObject({ status: expect.toSatisfy((code: number) => code < 300) })
      const address = path.split('?')[0] as string
      openApi?.check(method, address, status, json)
      const operation = openApi?.find(method, address)
      if (operation) asked.add(operation.id)
      return json
    }

    for (const root of ['/v1', `/v1/Services/${service_sid}`]) {
      const { sid: conversation } = await call('POST', `${root}/Conversations`, { FriendlyName: 'n', 'Timers.Inactive': 'PT1M' })
      await call('GET', `${root}/Conversations`)
      await call('GET', `${root}/Conversations?State=active`)
      await call('GET', `${root}/Conversations/${conversation}`)
      await call('POST', `${root}/Conversations/${conversation}`, { 'Bindings.Email.Address': 'a@example.org' })

      const participants = `${root}/Conversations/${conversation}/Participants`
      const { sid: participant } = await call('POST', participants, { Identity: 'alice' })
      const { sid: phone } = await call('POST', participants, {
        'MessagingBinding.Address': '+15550100001',
        'MessagingBinding.ProxyAddress': '+15550100002',
      })
      await call('GET', participants)
      await call('GET', `${participants}/${participant}`)
      await call('POST', `${participants}/${participant}`, { LastReadMessageIndex: '1' })

      const messages = `${root}/Conversations/${conversation}/Messages`
      const { sid: message } = await call('POST', messages, { Body: 'hello', Author: 'alice' })
      await call('GET', messages)
      await call('GET', `${messages}/${message}`)
      await call('POST', `${messages}/${message}`, { Body: 'changed' })

      const webhooks = `${root}/Conversations/${conversation}/Webhooks`
      const { sid: webhook } = await call('POST', webhooks, {
        Target: 'webhook',
        'Configuration.Url': 'https://hooks.example.org',
        'Configuration.Filters': 'onConversationRemoved',
      })
      await call('GET', webhooks)
      await call('GET', `${webhooks}/${webhook}`)
      await call('POST', `${webhooks}/${webhook}`, { 'Configuration.Method': 'GET' })
      await call('DELETE', `${webhooks}/${webhook}`)
      // Before anything is configured, a service answers nulls, as an example of the file has them and its schema has not.
      await call('POST', `${root}/Configuration/Webhooks`, { Filters: 'onUserAdded' })
      await call('GET', `${root}/Configuration/Webhooks`)

      await call('GET', `${root}/ParticipantConversations?Identity=alice`)
      await call('GET', `${root}/ParticipantConversations?Address=%2B15550100001`)

      const { sid: user } = await call('POST', `${root}/Users`, { Identity: 'bob' })
      await call('GET', `${root}/Users`)
      await call('GET', `${root}/Users/${user}`)
      await call('POST', `${root}/Users/${user}`, { FriendlyName: 'Bob' })
      await call('GET', `${root}/Users/alice/Conversations`)
      await call('GET', `${root}/Users/alice/Conversations/${conversation}`)
      await call('POST', `${root}/Users/alice/Conversations/${conversation}`, { NotificationLevel: 'muted' })
      await call('DELETE', `${root}/Users/alice/Conversations/${conversation}`)
      await call('DELETE', `${root}/Users/${user}`)

      const { sid: role } = await call('POST', `${root}/Roles`, { FriendlyName: 'r', Type: 'service', Permission: 'joinConversation' })
      await call('GET', `${root}/Roles`)
      await call('GET', `${root}/Roles/${role}`)
      await call('POST', `${root}/Roles/${role}`, { Permission: 'createConversation' })
      await call('DELETE', `${root}/Roles/${role}`)

      await call('GET', `${root}/Configuration`)
      await call('POST', `${root}/Configuration`, root === '/v1' ? { DefaultClosedTimer: 'P1D' } : { ReachabilityEnabled: 'true' })
      await call('DELETE', `${messages}/${message}`)
      await call('DELETE', `${participants}/${phone}`)
      await call('DELETE', `${root}/Conversations/${conversation}`)
    }
    const { sid: service } = await call('POST', '/v1/Services', { FriendlyName: 's' })
    await call('GET', '/v1/Services')
    await call('GET', `/v1/Services/${service}`)
    await call('DELETE', `/v1/Services/${service}`)

    const served = (openApi?.operations ?? []).filter(({ id }) => !notServed.test(id))
    expect([...asked].sort()).toEqual(served.map(({ id }) => id).sort())
  })
})
