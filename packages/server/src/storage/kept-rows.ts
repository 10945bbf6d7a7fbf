/** Characters of rows that are kept at a time. */
const mostCharacters = 2_097_152
/** Characters of one answer that is kept. */
const largestKept = 262_144
/** What a value costs beyond its characters. */
const overhead = 16

/**
 * Rows that were read since the last commit, for statements that say `isKept`: when many clients start at once, all members of a conversation
 * read the same rows, and each of them several times. What is kept is what the database would answer: whoever owns it lets go of everything when
 * a commit becomes visible. Kept rows are shared, and frozen.
 */
export class KeptRows {
  readonly #known = new Map<unknown, Map<string, unknown>>()
  #characters = 0

  /** The answer of a statement for these values: the one from before, or that of `read`. */
  get<T>(statement: object, values: readonly unknown[], read: () => T): T {
    const key = values.length === 1 ? String(values[0]) : values.join('\0')
    let answers = this.#known.get(statement)
    const known = answers?.get(key)
    if (known !== undefined) return known as T
    const answer = read()
    if (answer === undefined) return answer
    const size = key.length + frozen(answer)
    // What is so large is not worth the place of all others.
    if (size > largestKept) return answer
    if (this.#characters + size > mostCharacters) {
      this.forget()
      answers = undefined
    }
    this.#characters += size
    if (!answers) {
      answers = new Map()
      this.#known.set(statement, answers)
    }
    answers.set(key, answer)
    return answer
  }

  forget(): void {
    if (this.#known.size === 0) return
    this.#known.clear()
    this.#characters = 0
  }
}

/** Freezes a row, or rows. @returns how much it is */
function frozen(answer: unknown): number {
  let size = overhead
  for (const part of Object.values(answer as object))
    size += typeof part === 'object' && part !== null ? frozen(part) : overhead + (typeof part === 'string' ? part.length : 0)
  Object.freeze(answer)
  return size
}
