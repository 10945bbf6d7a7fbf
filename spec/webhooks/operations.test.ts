import { type OriginalOperation, originalOperations, webhookEventTypes } from '@parley/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { checkParameters, Receiver } from '../support/receiver.ts'
import { ask, helper } from '../support/rest.ts'

const operations = originalOperations.filter(({ webhooks }) => webhooks)

/** What is sent to each resource, at each of the two roots, and what webhooks hear of it: before it is done, and after. */
const told: Record<string, { form?: (name: string) => Record<string, string>; before?: string; after: string[] }> = {
  CreateConversation: { form: (name) => ({ FriendlyName: name }), before: 'onConversationAdd', after: ['onConversationAdded'] },
  UpdateConversation: { form: (name) => ({ FriendlyName: name }), before: 'onConversationUpdate', after: ['onConversationUpdated'] },
  DeleteConversation: { before: 'onConversationRemove', after: ['onConversationRemoved', 'onParticipantRemoved'] },
  CreateConversationMessage: { form: (name) => ({ Body: name }), before: 'onMessageAdd', after: ['onMessageAdded'] },
  UpdateConversationMessage: { form: (name) => ({ Body: name }), before: 'onMessageUpdate', after: ['onMessageUpdated'] },
  DeleteConversationMessage: { before: 'onMessageRemove', after: ['onMessageRemoved'] },
  CreateConversationParticipant: {
    form: (name) => ({ Identity: name }),
    before: 'onParticipantAdd',
    after: ['onParticipantAdded', 'onUserAdded'],
  },
  UpdateConversationParticipant: {
    form: (name) => ({ Attributes: JSON.stringify(name) }),
    before: 'onParticipantUpdate',
    after: ['onParticipantUpdated'],
  },
  DeleteConversationParticipant: { before: 'onParticipantRemove', after: ['onParticipantRemoved'] },
  // Nobody is asked about each of those who take part: they come with the conversation.
  CreateConversationWithParticipants: {
    form: (name) => ({ Participant: JSON.stringify({ identity: name }) }),
    before: 'onConversationAdd',
    after: ['onConversationAdded', 'onConversationStateUpdated', 'onParticipantAdded', 'onUserAdded'],
  },
  CreateUser: { form: (name) => ({ Identity: name }), after: ['onUserAdded'] },
  UpdateUser: { form: (name) => ({ FriendlyName: name }), before: 'onUserUpdate', after: ['onUserUpdated'] },
  // A user who goes has no event of their own.
  DeleteUser: { after: ['onParticipantRemoved'] },
}

describe.each(databases)('operations that take X-Twilio-Webhook-Enabled, on %s', (database) => {
  let parley: Parley
  let receiver: Receiver
  beforeAll(async () => {
    parley = await startParley({ database })
    receiver = await Receiver.open()
    await helper(parley)
      .conversations.v1.configuration.webhooks()
      .update({ preWebhookUrl: `${receiver.url}/pre`, postWebhookUrl: `${receiver.url}/post`, filters: [...webhookEventTypes] })
  })
  afterAll(async () => {
    await parley?.close()
    await receiver?.close()
  })
  beforeEach(() => receiver.calls.forget())

  let names = 0
  /** Somebody in a conversation with a message, made without a word to webhooks; and the path of the operation that is to be done to them. */
  const placeOf = async ({ path }: OriginalOperation) => {
    const make = async (at: string, form: Record<string, string>) => (await ask(parley, `/v1${at}`, { form })).json.sid as string
    const conversation = await make('/Conversations', { FriendlyName: 'Here' })
    const participant = await make(`/Conversations/${conversation}/Participants`, { Identity: `somebody-${++names}` })
    const message = await make(`/Conversations/${conversation}/Messages`, { Body: 'hello' })
    const own = { Conversations: conversation, Participants: participant, Messages: message, Users: `somebody-${names}` }
    return path
      .replace('{ChatServiceSid}', parley.credentials.service_sid)
      .replace('{ConversationSid}', conversation)
      .replace(/(\w+)\/\{Sid\}$/, (_, kind: keyof typeof own) => `${kind}/${own[kind]}`)
  }
  const act = async (operation: OriginalOperation, header: Record<string, string>) => {
    const { form } = told[operation.id.replace('Service', '')] ?? {}
    const path = await placeOf(operation)
    const { method } = operation
    const { status } = await ask(parley, path, { method, headers: header, ...(form ? { form: form(`new-${++names}`) } : {}) })
    expect(status).toBeLessThan(300)
  }

  it('are 26', () => {
    expect(operations).toHaveLength(26)
  })

  it.each(operations)('$id tells with it, and only with it', async (operation) => {
    const { before, after = [] } = told[operation.id.replace('Service', '')] ?? {}
    await act(operation, {})
    await act(operation, { 'X-Twilio-Webhook-Enabled': 'false' })
    await act(operation, { 'X-Twilio-Webhook-Enabled': 'true' })
    for (const event of after) await receiver.hears(event as (typeof webhookEventTypes)[number])
    receiver.calls.all.forEach(checkParameters)
    expect(receiver.heard('/pre')).toEqual(before ? [before] : [])
    expect(receiver.heard('/post').toSorted()).toEqual(after)
    for (const { parameters } of receiver.calls.all) expect(parameters['Source']).toBe('API')
  })
})
