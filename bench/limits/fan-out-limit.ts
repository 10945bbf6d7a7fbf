import { setTimeout as sleep } from 'node:timers/promises'
import { concurrently } from '../bots/concurrently.ts'
import { Rest } from '../bots/rest.ts'
import { Network } from '../bots/websocket.ts'
import type { Lab } from '../lab.ts'
import { median } from '../measure/statistics.ts'
import { rates } from '../measure/window.ts'
import { startServer } from '../subject/server-process.ts'

/** Frames a second that reach this many sockets when a server does nothing but write the same bytes to all of them. */
export function fanOutLimit(lab: Lab, sockets: number): Promise<number> {
  return lab.limit(`fan-out to ${sockets} sockets`, async () => {
    const subject = await startServer({
      entry: lab.settings.entries['fan-out'],
      dataDir: lab.settings.folder,
      database: undefined,
      credentials: undefined,
      profileDir: undefined,
    })
    const network = new Network()
    let received = 0
    try {
      const lines = await concurrently(Array.from({ length: sockets }), 32, () =>
        network.connect(subject.websocketUrl, { message: () => received++, closed: () => {} }),
      )
      await new Rest(subject.url, '', '').post('/', {})
      await sleep(1_000)
      const parts = await rates(subject.meter, 3, 1_000, () => [received])
      for (const line of lines) line.destroy()
      return median(parts.map(({ perSecond }) => perSecond[0]!))
    } finally {
      await subject.stop()
    }
  })
}
