import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTriggered } from './triggers.ts'

it.each([
  ['help', 'HELP!', true],
  ['help', 'I need help, please', true],
  ['help', 'helpless', false],
  ['help', 'unhelp', false],
  ['help', 'help_me', false],
  ['straße', 'In der Straße 7', true],
  ['talk to a human', 'let me talk  to a\nHuman now', true],
  ['talk to a human', 'talk to ahuman', false],
  ['c++', 'is it C++ or C?', true],
  ['#order', 'my #order 5', true],
  ['?', 'really?', false],
  ['?', 'really ?', true],
  ['人', '人 です', true],
  ['a.c', 'abc', false],
])('%s in "%s": %s', (trigger, text, expected) => {
  expect(isTriggered([trigger], text)).toBe(expected)
})

it('every word is found between blanks, whatever it is made of', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '')
  fc.assert(fc.property(word, (trigger) => isTriggered([trigger], `before ${trigger.trim()} behind`)))
})
