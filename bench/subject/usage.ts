import { readdirSync, readFileSync } from 'node:fs'

const nanosecondsPerMillisecond = 1_000_000
const clockTicksPerSecond = 100

/** Milliseconds of processor time that a process and all its threads have used. Linux only; elsewhere 0. */
export function processorMilliseconds(pid: number): number {
  let total = 0
  for (const thread of entries(`/proc/${pid}/task`)) {
    const text = read(`/proc/${pid}/task/${thread}/schedstat`)
    if (text) total += Number(text.split(' ', 1)[0]) / nanosecondsPerMillisecond
  }
  return total
}

/** Resident memory of a process in bytes; 0 where the system does not tell. */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')
  return found ? Number(found[1]) * 1_024 : 0
}

/** Milliseconds that a core has worked, for anybody, since the system started. */
export function coreBusyMilliseconds(core: number): number {
  const found = new RegExp(`^cpu${core} (.*)$`, 'm').exec(read('/proc/stat') ?? '')
  if (!found) return 0
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = found[1]!.trim().split(/\s+/).map(Number)
  return ((user + nice + system + irq + softirq) * 1_000) / clockTicksPerSecond
}

/** A process and everything it started, and what those started. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of entries('/proc')) {
    const parent = /^\d+ \(.*\) \S (\d+) /s.exec(read(`/proc/${name}/stat`) ?? '')?.[1]
    if (parent) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)])
  }
  const found = [pid]
  for (const member of found) found.push(...(children.get(member) ?? []))
  return found
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** A file of `/proc`, or nothing: processes and threads end while we look. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
