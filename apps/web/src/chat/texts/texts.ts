import { inFirstLanguage } from '../../ui/language.ts'
import { english } from './english.ts'

/** What a language has to say. */
export type Texts = typeof english

/** All languages that there are, by their tags. */
export const languages: { en: Texts } & Record<string, Texts> = { en: english }

/** The texts in the language that was chosen, or the first of the browser's languages that there is. */
export const texts: Texts = inFirstLanguage(languages)
