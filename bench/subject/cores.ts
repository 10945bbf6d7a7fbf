import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The server has one core and the load generator another, so that neither is measured instead of the other. */
export const serverCore = 0
export const generatorCore = 1

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** A command line that runs on one core, where the system can do that. */
export function onCore(core: number, command: string, args: string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, args]
}

/** A command line that runs on all cores, also when whoever starts it has one. */
export function onAllCores(command: string, args: string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', `${serverCore},${generatorCore}`, command, ...args]] : [command, args]
}

/** Moves a running process, with all its threads, to one core. Answers whether that was possible. */
export function moveToCore(core: number, pid: number): boolean {
  return canPin && spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]).status === 0
}
