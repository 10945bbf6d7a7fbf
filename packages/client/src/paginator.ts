/** A page of something, from which others can be asked for. */
export interface Paginator<T> {
  hasNextPage: boolean
  hasPrevPage: boolean
  items: T[]
  /** @throws when there is none */
  nextPage(): Promise<Paginator<T>>
  /** @throws when there is none */
  prevPage(): Promise<Paginator<T>>
}

interface Neighbours<T> {
  next?: (() => Promise<RestPaginator<T>>) | undefined
  previous?: (() => Promise<RestPaginator<T>>) | undefined
}

/** A page that knows how to fetch those beside it. It does not change. */
export class RestPaginator<T> implements Paginator<T>, AsyncIterable<T> {
  readonly items: T[]
  readonly #neighbours: Neighbours<T>

  /** @internal */
  constructor(items: T[], neighbours: Neighbours<T>) {
    this.items = items
    this.#neighbours = neighbours
  }

  get hasNextPage(): boolean {
    return this.#neighbours.next !== undefined
  }
  get hasPrevPage(): boolean {
    return this.#neighbours.previous !== undefined
  }

  async nextPage(): Promise<RestPaginator<T>> {
    const { next } = this.#neighbours
    if (!next) throw new Error('There is no next page')
    return next()
  }

  async prevPage(): Promise<RestPaginator<T>> {
    const { previous } = this.#neighbours
    if (!previous) throw new Error('There is no previous page')
    return previous()
  }

  /** What is on this page and on all behind it. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (let page: RestPaginator<T> = this; ; page = await page.nextPage()) {
      yield* page.items
      if (!page.hasNextPage) return
    }
  }
}

interface Tokens {
  previous_token?: string | null
  next_token?: string | null
}

/** Pages of a REST list. A token carries the size of its page (wire-protocol §9.15). @internal */
export async function restPages<T, Answer extends { meta: Tokens }>(
  fetch: (token: string | undefined) => Promise<Answer>,
  itemsOf: (answer: Answer) => T[],
  token?: string,
): Promise<RestPaginator<T>> {
  const answer = await fetch(token)
  const to = (other: string | null | undefined) => (other ? () => restPages(fetch, itemsOf, other) : undefined)
  return new RestPaginator(itemsOf(answer), { next: to(answer.meta.next_token), previous: to(answer.meta.previous_token) })
}

/** Pages of a list that is here already. @internal */
export function localPages<T>(all: readonly T[], size: number, from = 0): RestPaginator<T> {
  const to = (start: number) => (start >= 0 && start < all.length ? async () => localPages(all, size, start) : undefined)
  return new RestPaginator(all.slice(from, from + size), { next: to(from + size), previous: to(from - size) })
}
