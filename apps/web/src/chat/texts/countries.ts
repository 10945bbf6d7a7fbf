import { wantedLanguages } from '../../ui/language.ts'

const names = new Intl.DisplayNames([...wantedLanguages], { type: 'region' })
const oneOf = new Intl.ListFormat([...wantedLanguages], { type: 'disjunction' })

/** Countries, named by two letters each, in the user's language: one of them is meant. */
export const namesOfCountries = (countries: readonly string[]): string => oneOf.format(countries.map((one) => names.of(one) ?? one))
