import type { Conversation, Participant } from '@parley/client'
import { describe, expect, it } from 'vitest'
import { gatherReactions, react } from './reactions.ts'

const participant = (identity: string, attributes: unknown) => ({ identity, attributes }) as Participant

describe('reactions', () => {
  it('are gathered from those who take part, whatever is in their attributes', () => {
    const ana = participant('ana', { reactions: { IM1: ['👍', '🎉'] } })
    const ben = participant('ben', { reactions: { IM1: ['👍'], IM2: 'no list', IM3: [7] } })
    const all = gatherReactions([ana, ben, participant('eve', null), participant('dan', { reactions: 5 })])
    expect(all.get('IM1')?.get('👍')).toEqual([ana, ben])
    expect(all.get('IM1')?.get('🎉')).toEqual([ana])
    expect(all.get('IM2')).toBeUndefined()
    expect(all.get('IM3')?.size).toBe(0)
  })

  it('are added and taken back, and leave other attributes alone', async () => {
    const me = {
      identity: 'me',
      attributes: { colour: 'red' } as object,
      async updateAttributes(attributes: object) {
        me.attributes = attributes
      },
    }
    const conversation = { getParticipantByIdentity: async () => me } as unknown as Conversation
    await react(conversation, 'me', 'IM1', '👍')
    await react(conversation, 'me', 'IM1', '🎉')
    expect(me.attributes).toEqual({ colour: 'red', reactions: { IM1: ['👍', '🎉'] } })
    await react(conversation, 'me', 'IM1', '👍')
    await react(conversation, 'me', 'IM1', '🎉')
    expect(me.attributes).toEqual({ colour: 'red', reactions: {} })
    for (let n = 0; n < 200; n++) await react(conversation, 'me', `IM${n}`, '👍')
    const { reactions } = me.attributes as { reactions: object }
    expect(Object.keys(reactions)).toHaveLength(150)
    expect(reactions).toHaveProperty('IM199')
  })
})
