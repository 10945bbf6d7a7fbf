/** The first of the browser's languages that there is, English else; the page says that it is in it. Languages are known by the first part of their tags. */
export function inFirstLanguage<T>(languages: { en: T } & Record<string, T>): T {
  const wanted = navigator.languages.map((tag) => tag.split('-')[0] as string).find((tag) => tag in languages) ?? 'en'
  document.documentElement.lang = wanted
  return languages[wanted] as T
}
