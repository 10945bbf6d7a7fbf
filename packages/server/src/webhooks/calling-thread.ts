import { parentPort, workerData } from 'node:worker_threads'
import { createOutwardGuard, readTarget } from '../base/outward-guard.ts'
import type { Outcome } from './call.ts'
import { HttpCalls } from './http-calls.ts'
import type { AskedOfThread, CallingThreadData, ToldByThread } from './thread-calls.ts'

/** The thread that calls receivers. What comes of calls within a turn of its event loop is told together. */
const port = parentPort
if (!port) throw new TypeError('This is started as a thread')

const { allowed, loopback, connections }: CallingThreadData = workerData
let outcomes: Outcome[] = []

function tell(): void {
  if (outcomes.length === 0) return
  port?.postMessage(outcomes satisfies ToldByThread)
  outcomes = []
}

const calls = new HttpCalls(createOutwardGuard({ allowed: allowed.flatMap((text) => readTarget(text) ?? []), loopback }), {
  connections,
  hear(outcome) {
    if (outcomes.push(outcome) === 1) setImmediate(tell)
  },
})

async function close(): Promise<void> {
  await calls.close()
  tell()
  port?.close()
}

port.on('message', (asked: AskedOfThread) => {
  if (asked === 'close') return void close()
  for (const call of asked.calls) calls.send(call)
  for (const { id, failure } of asked.brokenOff) calls.breakOff(id, failure)
})
