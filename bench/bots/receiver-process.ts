import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Receiver } from './receiver.ts'

/** A receiver in a process of its own, on the load generator's core. */
export interface ReceiverProcess extends Receiver {
  pid: number
  /** Questions that were to hang until now. */
  asked(): number
}

/** Starts hanging-receiver.ts. */
export async function startReceiverProcess(entry: string): Promise<ReceiverProcess> {
  const child = fork(entry, { execArgv: [] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  let asked = 0
  child.on('message', (said: { asked: number }) => {
    asked = said.asked
  })
  return {
    url,
    pid: child.pid as number,
    asked: () => asked,
    close() {
      process.off('exit', kill)
      child.disconnect()
    },
  }
}
