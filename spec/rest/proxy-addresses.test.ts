import { Client } from '@parley/client'
import { describe, expect, it } from 'vitest'
import { startParley } from '../support/parley.ts'

describe('the addresses that are ours', () => {
  it('are the only proxy addresses when the setting names them', async () => {
    await using parley = await startParley({ settings: { PARLEY_PROXY_ADDRESSES: '+15550100001, +15550100002' } })
    const { sid } = await parley.conversations.conversations.create()
    const add = (proxyAddress: string) =>
      parley.conversations
        .conversations(sid)
        .participants.create({ 'messagingBinding.address': '+15005550006', 'messagingBinding.proxyAddress': proxyAddress })

    await expect(add('+15550100009')).rejects.toMatchObject({ status: 403, code: 50413, details: { setting: 'PARLEY_PROXY_ADDRESSES' } })
    await expect(add('+15550100002')).resolves.toMatchObject({ conversationSid: sid })

    // Apps can offer them.
    const app = await Client.create(parley.token('alice'), { url: parley.url })
    expect(app.proxyAddresses).toEqual(['+15550100001', '+15550100002'])
    await app.shutdown()

    // The address that stands for a chat user in a group is ours as well.
    const project = (projectedAddress: string) =>
      parley.conversations
        .conversations(sid)
        .participants.create({ identity: 'alice', 'messagingBinding.projectedAddress': projectedAddress })
    await expect(project('+15550100009')).rejects.toMatchObject({
      status: 403,
      code: 50439,
      details: { setting: 'PARLEY_PROXY_ADDRESSES' },
    })
    await expect(project('+15550100001')).resolves.toMatchObject({ identity: 'alice' })
  })
})
