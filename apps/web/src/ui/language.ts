const storageKey = 'parley.language'

/** The tag of the language that was chosen in this browser; `null` for the one that the browser prefers. */
export function chosenLanguage(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

/** Chooses a language, or leaves it to the browser. Texts stand everywhere: the page is loaded anew. */
export function chooseLanguage(tag: string | null): void {
  if (tag === null) localStorage.removeItem(storageKey)
  else localStorage.setItem(storageKey, tag)
  location.reload()
}

/** Languages in the order in which the user wants them. */
export const wantedLanguages: readonly string[] = [chosenLanguage(), ...navigator.languages].filter((tag) => tag !== null)

/** The first wanted language that there is, English else; the page says that it is in it. Languages are known by the first part of their tags. */
export function inFirstLanguage<T>(languages: { en: T } & Record<string, T>): T {
  const found = wantedLanguages.map((tag) => tag.split('-')[0] as string).find((tag) => tag in languages) ?? 'en'
  document.documentElement.lang = found
  return languages[found] as T
}
