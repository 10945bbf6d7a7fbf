import { ArgumentError } from './errors.ts'

/** A kind of argument: how it is called, and whether a value is of it. */
export interface Kind {
  name: string
  fits(value: unknown): boolean
}

const kind = (name: string, fits: Kind['fits']): Kind => ({ name, fits })

export const text = kind('a string', (value) => typeof value === 'string')
export const nonEmptyText = kind('a non-empty string', (value) => typeof value === 'string' && value !== '')
export const wholeNumber = kind('a whole number, 0 or more', (value) => Number.isInteger(value) && (value as number) >= 0)
export const positiveNumber = kind('a whole number, 1 or more', (value) => Number.isInteger(value) && (value as number) > 0)
export const object = kind('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value))
export const nothing = kind('null', (value) => value === null)
/** What `JSON.stringify` makes something of, and not nothing. */
export const json = kind('a JSON value', (value) => value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value))

export const optional = (one: Kind) => kind(`${one.name}, or undefined`, (value) => value === undefined || one.fits(value))
export const either = (...kinds: Kind[]) =>
  kind(kinds.map(({ name }) => name).join(', or '), (value) => kinds.some((one) => one.fits(value)))
export const oneOf = (...values: unknown[]) =>
  kind(values.map((value) => JSON.stringify(value)).join(' or '), (value) => values.includes(value))
export const listOf = (one: Kind) =>
  kind(`a list, each ${one.name}`, (value) => Array.isArray(value) && value.every((item) => one.fits(item)))
export const instance = (name: string, type: unknown) => kind(name, (value) => typeof type === 'function' && value instanceof type)

export const filledListOf = (one: Kind) =>
  kind(
    `a list of at least one, each ${one.name}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every((item) => one.fits(item)),
  )
/** An object with these members. */
export const objectWith = (members: Record<string, Kind>) =>
  kind(
    `an object with ${Object.entries(members)
      .map(([member, { name }]) => `${member}: ${name}`)
      .join(', ')}`,
    (value) => object.fits(value) && Object.entries(members).every(([member, one]) => one.fits((value as Record<string, unknown>)[member])),
  )

/** Refuses arguments of the wrong kind, before anything is sent. @throws ArgumentError */
export function check(args: readonly unknown[], ...kinds: Kind[]): void {
  for (const [at, { name, fits }] of kinds.entries()) if (!fits(args[at])) throw new ArgumentError(at + 1, name, args[at])
}
