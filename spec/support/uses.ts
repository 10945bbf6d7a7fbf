import { originalOperations } from '@parley/protocol'
import { TestRunner } from 'vitest'

/**
 * What a test has used and seen succeed: operations of REST, methods and events of SDKs, error codes. It goes into the results of a run, from
 * which `npm run conformance` makes docs/compatibility.md: nobody has to say which promise proves what, and nobody can forget to.
 */
declare module 'vitest' {
  interface TaskMeta {
    uses?: string[]
  }
}

const known = new WeakMap<object, Set<string>>()

/** Notes that the running test has used something: `method Client.getUser`, with a version of a library. */
export function uses(what: string, version: string): void {
  const test = TestRunner.getCurrentTest()
  if (!test) return
  const use = `${what} @ ${version}`
  const seen = known.get(test) ?? new Set<string>()
  known.set(test, seen)
  if (seen.has(use)) return
  seen.add(use)
  test.meta.uses = [...seen].sort()
}

const patterns = originalOperations
  .map(({ id, method, path }) => ({
    id,
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    names: path.split('{').length,
  }))
  // A path that says more comes first.
  .sort((a, b) => a.names - b.names)

/** Notes what came of a REST request: its operation when it succeeded, the code of the refusal when not. */
export function usesRest(
  version: string,
  { method, path, status, body }: { method: string; path: string; status: number; body: unknown },
): void {
  if (status >= 400) usesRefusal(body)
  const found = status < 300 ? patterns.find((one) => one.method === method.toUpperCase() && one.pattern.test(path)) : undefined
  if (found) uses(`operation ${found.id}`, version)
}

/** Notes the code of a refusal. */
export function usesRefusal(body: unknown): void {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
  if (typeof code === 'number') uses(`code ${code}`, 'Parley')
}

type Callable = (...values: unknown[]) => unknown

interface Class {
  name: string
  prototype: object
}

const isClass = (value: unknown): value is Class =>
  typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null

/** Watches which public methods and events of an SDK's classes tests use. What the SDK does stays as it is. */
export function watchSdk(exported: object, version: string): void {
  for (const [name, value] of Object.entries(exported)) {
    if (!isClass(value)) continue
    for (const one of layersOf(value, name)) {
      watchMethods(one, `${name}.`, version)
      watchMethods(one.prototype, `${name}#`, version)
    }
    watchEvents(value.prototype, name, version)
  }
}

/** A class, and the one of that name which it wraps: official SDKs export their client in another class. */
function layersOf(outermost: Class, name: string): Class[] {
  const inner = Object.getPrototypeOf(outermost) as unknown
  return isClass(inner) && inner.name === name ? [outermost, ...layersOf(inner, name)] : [outermost]
}

function watchMethods(owner: object, prefix: string, version: string): void {
  for (const [name, { value, writable, configurable, ...rest }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    if (typeof value !== 'function' || !writable || !configurable || name === 'constructor' || name.startsWith('_')) continue
    const method = value as Callable
    const watched = function (this: unknown, ...values: unknown[]) {
      const result = Reflect.apply(method, this, values)
      const note = () => uses(`method ${prefix}${name}`, version)
      if (result instanceof Promise) result.then(note, () => {})
      else note()
      return result
    }
    Object.defineProperty(owner, name, { ...rest, writable, configurable, value: watched })
  }
}

/** Events are used when somebody listens. */
function watchEvents(prototype: object, name: string, version: string): void {
  const { emit, listenerCount } = prototype as { emit?: Callable; listenerCount?: Callable }
  if (!emit || !listenerCount) return
  const watched = function (this: object, event: unknown, ...values: unknown[]) {
    if (Number(Reflect.apply(listenerCount, this, [event])) > 0) uses(`event ${name}#${String(event)}`, version)
    return Reflect.apply(emit, this, [event, ...values])
  }
  Object.defineProperty(prototype, 'emit', { value: watched, writable: true, configurable: true, enumerable: false })
}
