import { concurrently } from '../bots/concurrently.ts'
import { numberedBody, onDelivery } from '../bots/deliveries.ts'
import { subscribe } from '../bots/open-objects.ts'
import type { Population } from '../bots/population.ts'
import { describeNoise } from '../measure/figures.ts'
import { until } from '../measure/wait.ts'
import type { WindowUse } from '../measure/window.ts'
import type { Scenario } from './scenario.ts'

const membersEach = 10
/** Handshakes under way at once: below the usual backlog of a listening socket, beyond which a client waits a second by TCP's own rules. */
const width = 400

/**
 * All sessions lose their connection at once and come back: socket, `init`, one subscription request from where each had read. Every one
 * has a message and a changed document to be replayed. Ends with the last `subscription_established`.
 */
async function measure(population: Population, sessions: number): Promise<WindowUse> {
  const rooms = await population.createRooms(sessions / membersEach, membersEach)
  const bots = await population.joinAll(rooms.flatMap(({ identities }) => identities))
  let delivered = 0
  for (const { session } of bots) onDelivery(session, () => delivered++)
  // The positions of the bots stay where they were, so this is what they will have missed.
  const firsts = bots.filter((_, at) => at % membersEach === 0)
  await concurrently(firsts, 32, ({ session, client }, at) =>
    session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(at)),
  )
  await until(
    () => delivered === sessions,
    () => `${delivered} of ${sessions} messages came before the interruption`,
  )

  const close = population.subject.meter.open()
  for (const { session } of bots) session.destroy()
  let replayed = 0
  const back = await concurrently(bots, width, async ({ session: { identity }, token, client }) => {
    const session = await population.connect(identity, token)
    onDelivery(session, () => replayed++)
    await subscribe(session, client.objects)
    return session
  })
  const use = close()
  if (replayed !== sessions) throw new Error(`${replayed} of ${sessions} missed messages were replayed`)
  for (const session of back) session.destroy()
  return use
}

export const reconnect: Scenario = {
  name: 'reconnect',
  about: 'all sessions drop at once, come back, and have what they missed',
  async run(lab) {
    const sessions = lab.size(1_000, 5_000)
    const limit = await lab.on('bare', (population) => measure(population, sessions))
    const use = await lab.on('server', (population) => measure(population, sessions))
    return [
      {
        scenario: 'reconnect',
        name: `until the last of ${sessions.toLocaleString('en')} sessions is back`,
        value: use.milliseconds,
        unit: 'ms',
        target: { atMost: lab.size(400, 2_000) },
        limit: limit.milliseconds,
        note: describeNoise([use]),
      },
    ]
  },
}
