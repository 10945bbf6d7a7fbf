import { expect, it } from 'vitest'
import { countriesOf } from './calling-codes.ts'

it.each([
  ['+49', ['DE']],
  ['+4930123456', ['DE']],
  ['+12025550100', ['US', 'CA']],
  ['+18765550100', ['JM']],
  ['+7495', ['RU']],
  ['+7701', ['KZ']],
  ['+35312345', ['IE']],
  ['+3', []],
  ['+', []],
  ['4930', []],
  ['+999', []],
])('%s is a number of %j', (number, countries) => {
  expect(countriesOf(number)).toEqual(countries)
})
