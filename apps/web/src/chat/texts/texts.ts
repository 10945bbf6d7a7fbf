import { english } from './english.ts'

/** What a language has to say. */
export type Texts = typeof english

/** By the first part of their tags. */
const languages: Record<string, Texts> = { en: english }

const wanted = navigator.languages.map((tag) => tag.split('-')[0] as string).find((tag) => tag in languages) ?? 'en'
document.documentElement.lang = wanted

/** The texts in the first of the browser's languages that there is. */
export const texts = languages[wanted] as Texts
