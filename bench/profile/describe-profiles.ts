import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The parts of V8's profile format that count: a tree of functions, and for every sample its node and the time since the last. */
interface Profile {
  nodes: ProfileNode[]
  /** Microseconds of the system's monotonic clock. */
  startTime: number
  samples: number[]
  timeDeltas: number[]
}

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: number[]
}

/** Milliseconds of one function: its own, and with all that it called. */
interface Cost {
  name: string
  self: number
  total: number
}

const shown = 30
const notWork = new Set(['(idle)', '(program)', '(root)'])

/**
 * Where the time went, for every thread that left a profile in the folder. Only what happened in the given spans counts, if there are any:
 * filling a database before the measurement is not what is looked for.
 */
export function describeProfiles(folder: string, spans: readonly { from: number; to: number }[]): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  if (files.length === 0) return `No profile was written to ${folder}: the server has to end by itself on SIGTERM.`
  return files.map((file) => describe(join(folder, file), spans)).join('\n')
}

function describe(file: string, spans: readonly { from: number; to: number }[]): string {
  const costs = costsOf(JSON.parse(readFileSync(file, 'utf8')) as Profile, spans)
  const busy = costs.reduce((sum, { self }) => sum + self, 0)
  const rows = (key: 'self' | 'total') =>
    costs
      .toSorted((a, b) => b[key] - a[key])
      .slice(0, shown)
      .map((cost) => `${((cost[key] * 100) / busy).toFixed(1).padStart(6)} %  ${cost[key].toFixed(0).padStart(7)} ms  ${cost.name}`)
  return [
    `\nProfile ${file}: ${busy.toFixed(0)} ms of work`,
    'By themselves:',
    ...rows('self'),
    'With all that they called:',
    ...rows('total'),
  ].join('\n')
}

function costsOf({ nodes, startTime, samples, timeDeltas }: Profile, spans: readonly { from: number; to: number }[]): Cost[] {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const costs = new Map<string, Cost>()
  let at = startTime
  for (const [number, node] of samples.entries()) {
    const milliseconds = (timeDeltas[number] ?? 0) / 1_000
    at += timeDeltas[number] ?? 0
    if (notWork.has(names.get(node)!) || !isWithin(at, spans)) continue
    const seen = new Set<string>()
    for (let caller: number | undefined = node; caller !== undefined; caller = parents.get(caller)) {
      const name = names.get(caller)!
      if (seen.has(name) || notWork.has(name)) continue
      const cost = costs.get(name) ?? { name, self: 0, total: 0 }
      costs.set(name, cost)
      if (seen.size === 0) cost.self += milliseconds
      cost.total += milliseconds
      seen.add(name)
    }
  }
  return [...costs.values()]
}

const isWithin = (at: number, spans: readonly { from: number; to: number }[]) =>
  spans.length === 0 || spans.some(({ from, to }) => at >= from && at <= to)

function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)'
  return url === '' ? name : `${name}  ${basename(url)}:${lineNumber + 1}`
}
