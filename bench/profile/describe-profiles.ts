import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The parts of V8's profile format that count: a tree of functions, and for every sample its node and the time since the last. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

interface Cost {
  name: string
  milliseconds: number
}

const shown = 30
const idle = new Set(['(idle)', '(program)', '(root)'])

/** The functions that used most time themselves, for every thread that left a profile in the folder. */
export function describeProfiles(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  if (files.length === 0) return `No profile was written to ${folder}: the server has to end by itself on SIGTERM.`
  return files.map((file) => describe(join(folder, file))).join('\n')
}

function describe(file: string): string {
  const costs = selfTimes(JSON.parse(readFileSync(file, 'utf8')) as Profile)
  const busy = costs.filter(({ name }) => !idle.has(name))
  const total = busy.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const row = ({ name, milliseconds }: Cost) =>
    `${((milliseconds * 100) / total).toFixed(1).padStart(6)} %  ${milliseconds.toFixed(0).padStart(7)} ms  ${name}`
  return [`\nProfile ${file}`, `JavaScript and what it calls: ${total.toFixed(0)} ms`, ...busy.slice(0, shown).map(row)].join('\n')
}

/** Self time by function and place, largest first. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): Cost[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [at, node] of samples.entries()) {
    const name = names.get(node) ?? '(unknown)'
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0) / 1_000)
  }
  return [...times].map(([name, milliseconds]) => ({ name, milliseconds })).sort((a, b) => b.milliseconds - a.milliseconds)
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)'
  return url === '' ? name : `${name}  ${basename(url)}:${lineNumber + 1}`
}
