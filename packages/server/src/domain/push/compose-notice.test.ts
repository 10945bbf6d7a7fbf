import { describe, expect, it } from 'vitest'
import { fill } from './compose-notice.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are templates of ours
describe('a template', () => {
  const values = { PARTICIPANT: 'alice', MESSAGE: 'look: ${PARTICIPANT}', CONVERSATION: '' }

  it('is filled once, and what is not known stays as it is written', () => {
    expect(fill('${PARTICIPANT} in "${CONVERSATION}": ${MESSAGE} ${UNKNOWN} ${constructor} $PARTICIPANT', values)).toBe(
      'alice in "": look: ${PARTICIPANT} ${UNKNOWN} ${constructor} $PARTICIPANT',
    )
  })

  it('is cut to 178 characters, and no character in half', () => {
    expect(fill('${MESSAGE}', { MESSAGE: 'x'.repeat(500) })).toBe('x'.repeat(178))
    expect(fill('${MESSAGE}', { MESSAGE: '🦜'.repeat(500) })).toBe('🦜'.repeat(178))
    expect(fill('${MESSAGE}', { MESSAGE: 'x'.repeat(178) })).toHaveLength(178)
  })
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are templates of ours
