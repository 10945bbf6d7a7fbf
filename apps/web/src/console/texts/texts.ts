import { inFirstLanguage } from '../../ui/language.ts'
import { english } from './english.ts'

/** What a language has to say. */
export type Texts = typeof english

/** The texts in the first of the browser's languages that there is. */
export const texts: Texts = inFirstLanguage({ en: english })
