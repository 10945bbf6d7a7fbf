import type { Participant } from '@twilio/conversations'
import { expect, it } from 'vitest'
import { startParley } from '../support/parley.ts'
import { Apps, refusal, sdkVersions } from '../support/sdk.ts'
import { onEveryStage, type Seat } from '../support/stage.ts'

onEveryStage('Typing', (stage) => {
  /** Typing reaches those who watch the participants; that they do, a change of one shows. */
  async function attentive<N extends string>(...names: N[]) {
    const talk = await stage.talk(...names)
    for (const name of names) {
      const { app, identity }: Seat = talk[name]
      await stage.parley.conversations.conversations(talk.sid).participants(identity).update({ attributes: '{"is":"there"}' })
      await app.hears('participantUpdated', ({ participant }) => participant.identity === identity)
      app.forget()
    }
    return talk
  }

  it('is seen by the others, and ends when the message comes', async () => {
    const { alice, bob, carol } = await attentive('alice', 'bob', 'carol')

    await alice.conversation.typing()

    for (const { app, conversation } of [bob, carol]) {
      expect((await app.hears('typingStarted')).identity).toBe(alice.identity)
      expect((await conversation.getParticipantByIdentity(alice.identity))?.isTyping).toBe(true)
    }
    await alice.conversation.sendMessage('here it is')
    for (const { app } of [bob, carol]) await app.hears('typingEnded', (participant) => participant.identity === alice.identity)
    await alice.app.hears('messageAdded')
    expect(alice.app.story('typingStarted', 'typingEnded')).toEqual([])
  })

  it('is told by the participant and by the conversation too', async () => {
    const { alice, bob } = await attentive('alice', 'bob')
    const typist = (await bob.conversation.getParticipantByIdentity(alice.identity)) as Participant
    const told: string[] = []
    for (const event of ['typingStarted', 'typingEnded'] as const) {
      typist.on(event, ({ identity }) => told.push(`${event} of ${identity}, said the participant`))
      bob.conversation.on(event, ({ identity }) => told.push(`${event} of ${identity}, said the conversation`))
    }
    await alice.conversation.typing()
    await bob.app.hears('typingStarted')
    await alice.conversation.sendMessage('here it is')
    await bob.app.hears('typingEnded')
    const of = (event: string) => [
      `${event} of ${alice.identity}, said the conversation`,
      `${event} of ${alice.identity}, said the participant`,
    ]
    await bob.app.sees('all of it', () => (told.length === 4 ? true : undefined))
    expect(told.toSorted()).toEqual([...of('typingEnded'), ...of('typingStarted')])
  })

  it('is not for those who do not take part', async () => {
    const { alice, bob } = await attentive('alice', 'bob')
    await bob.conversation.leave()
    await bob.app.hears('conversationRemoved')
    await alice.app.hears('participantLeft')
    expect(await refusal(bob.conversation.typing())).toMatchObject({ status: 403, code: 50430 })
    await alice.conversation.typing()
    await alice.conversation.sendMessage('and a message')
    await alice.app.hears('messageAdded')
    expect(bob.app.story('typingStarted')).toEqual([])
  })
})

/** It takes the five seconds that a sign of typing holds, so all wait at once. */
it('Typing ends by itself, with every SDK', async () => {
  await using parley = await startParley()
  const apps = new Apps()
  const typing = async (version: (typeof sdkVersions)[number]) => {
    const { sid } = await parley.conversations.conversations.create({})
    const talk = parley.conversations.conversations(sid)
    const [typist, other] = [`typist ${version}`, `other ${version}`]
    for (const identity of [typist, other]) await talk.participants.create({ identity })
    const start = (identity: string) => apps.start({ version, identity, uri: parley.socketUrl, token: parley.token(identity) })
    const [from, to] = await Promise.all([start(typist), start(other)])
    await (await to.conversation(sid)).getParticipants()
    await talk.participants(other).update({ attributes: '{"is":"there"}' })
    await to.hears('participantUpdated')
    await (await from.conversation(sid)).typing()
    const participant = await to.hears('typingStarted')
    await to.hears('typingEnded', (ended) => ended === participant)
  }
  await Promise.all(sdkVersions.map(typing))
  await apps.stopAll()
})
