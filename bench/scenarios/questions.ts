import { setTimeout as sleep } from 'node:timers/promises'
import { numberedBody, onDelivery } from '../bots/deliveries.ts'
import type { Bot, Population } from '../bots/population.ts'
import { type ReceiverProcess, startReceiverProcess } from '../bots/receiver-process.ts'
import { describeNoise, type Figure, format } from '../measure/figures.ts'
import { atRate, type PaceResult } from '../measure/pace.ts'
import { median } from '../measure/statistics.ts'
import { until } from '../measure/wait.ts'
import type { Scenario } from './scenario.ts'

const timedRooms = 20
const timedPerSecond = 100
const hangingSessions = 125
const hangingEach = 8
const hanging = hangingSessions * hangingEach
/** A thousand that hang for five seconds are asked so often. */
const othersPerSecond = hanging / 5
const warmUpSeconds = 1
/** A server that has answered but a few thousand has not compiled yet what it runs, and is several times slower. */
const messagesToWarmUp = 30_000

/** What goes on beside the messages that are timed: nothing, questions that hang until the budget is over, or as many that are answered at once. */
const besides = ['nothing', 'answered', 'hanging'] as const
type Beside = (typeof besides)[number]

/** Who talks, and who is asked. */
interface Cast {
  /** In a service whose messages are all asked about, of a receiver that may not answer. */
  population: Population
  receiver: ReceiverProcess
  others: readonly Bot[]
  /** In one whose receiver answers; timed. What hangs in a receiver makes it slow, which is not the server's matter. */
  asked: Population
  hooked: readonly Bot[]
  /** In one without a hook; timed too. */
  bystanders: Population
  free: readonly Bot[]
}

/** Messages that are asked about, and messages of a service that nobody is asked about. */
interface Timed {
  asked: PaceResult
  unasked: PaceResult
}

async function withCast<T>(population: Population, receiverEntry: string, work: (cast: Cast) => Promise<T>): Promise<T> {
  const asked = await population.ofAnotherService('With another hook')
  const bystanders = await population.ofAnotherService('Without hooks')
  const receiver = await startReceiverProcess(receiverEntry)
  const answering = await startReceiverProcess(receiverEntry)
  for (const { pid } of [receiver, answering]) population.subject.meter.generators.add(pid)
  try {
    const others = await membersOf(population, hangingSessions, 'other')
    const hooked = await membersOf(asked, timedRooms, 'hooked')
    const free = await membersOf(bystanders, timedRooms, 'free')
    await askBefore(population, receiver)
    await askBefore(asked, answering)
    return await work({ population, receiver, others, asked, hooked, bystanders, free })
  } finally {
    receiver.close()
    answering.close()
    asked.close()
    bystanders.close()
  }
}

const askBefore = ({ rest, serviceSid }: Population, { url }: ReceiverProcess) =>
  rest.post(`/v1/Services/${serviceSid}/Configuration/Webhooks`, { PreWebhookUrl: url, Filters: 'onMessageAdd' })

async function membersOf(population: Population, count: number, prefix: string): Promise<Bot[]> {
  const made = await population.createRooms(count, 1, prefix)
  return population.joinAll(made.flatMap(({ identities }) => identities))
}

const say = ({ session, client }: Bot, serviceSid: string, body: string) =>
  session.sendMessage(serviceSid, client.conversations[0]!.sid, body).catch(() => {})

/** The time of messages for so many seconds, while something goes on beside them, which has ended when this resolves. */
async function measure(cast: Cast, beside: Beside, seconds: number): Promise<Timed> {
  const others = { nothing: silence, answered: askAndAnswer, hanging: askAndHang }[beside]
  const end = await others(cast)
  const [asked, unasked] = await Promise.all([talk(cast.asked, cast.hooked, seconds), talk(cast.bystanders, cast.free, seconds)])
  await end()
  return { asked, unasked }
}

async function silence() {
  return async () => {}
}

async function askAndAnswer({ population, others }: Cast) {
  let next = 0
  const asking = setInterval(() => void say(others[next++ % others.length]!, population.serviceSid, 'answer'), 1_000 / othersPerSecond)
  return async () => clearInterval(asking)
}

/** Each is asked again when it was given up. They begin one after the other, as apps ask, so they go on coming evenly. */
async function askAndHang({ population, receiver, others }: Cast) {
  let ended = false
  const hang = async (bot: Bot) => {
    while (!ended) await say(bot, population.serviceSid, 'hang')
  }
  const before = receiver.asked()
  const lanes: Promise<void>[] = []
  for (let lane = 0; lane < hanging; lane++) {
    lanes.push(hang(others[lane % others.length]!))
    await sleep(1_000 / othersPerSecond)
  }
  await until(
    () => receiver.asked() - before >= hanging,
    () => `${receiver.asked() - before} questions hang`,
  )
  return async () => {
    ended = true
    await Promise.all(lanes)
  }
}

async function warmUp({ population, others, asked, hooked, bystanders, free }: Cast): Promise<void> {
  const all = [
    ...others.map((bot) => ({ bot, of: population })),
    ...hooked.map((bot) => ({ bot, of: asked })),
    ...free.map((bot) => ({ bot, of: bystanders })),
  ]
  let left = messagesToWarmUp
  const lane = async ({ bot, of }: (typeof all)[number]) => {
    while (left-- > 0) await say(bot, of.serviceSid, 'answer')
  }
  await Promise.all(all.map(lane))
}

/** Time from when a message was due until its sender sees it. */
async function talk(population: Population, bots: readonly Bot[], seconds: number): Promise<PaceResult> {
  const pace = atRate({
    meter: population.subject.meter,
    perSecond: timedPerSecond,
    warmUpSeconds,
    partSeconds: seconds,
    parts: 1,
    patience: 1,
    send(number) {
      void say(bots[number % bots.length]!, population.serviceSid, numberedBody(number))
      population.flush()
    },
  })
  let arrived = 0
  for (const { session } of bots)
    onDelivery(session, (number) => {
      arrived++
      pace.arrived(number)
    })
  const count = await pace.done
  await until(
    () => arrived >= count,
    () => `${arrived} of ${count} messages came`,
  )
  return pace.result()
}

/** What is seen of one kind of messages in all rounds. */
function summarised(results: readonly PaceResult[]) {
  const p99s = results.map(({ p99 }) => p99)
  const p99 = median(p99s)
  return {
    p99,
    p50: median(results.map(({ p50 }) => p50)),
    text: `p50 ${format(median(results.map(({ p50 }) => p50)))}, p99 ${format(p99)} ms (${format(Math.min(...p99s))} to ${format(Math.max(...p99s))}), late ${format(median(results.map(({ lateness }) => lateness)))}, ${describeNoise(results.flatMap(({ uses }) => uses))}`,
  }
}

export const questions: Scenario = {
  name: 'questions',
  about: 'messages that are asked about, and others, while a thousand questions hang',
  async run(lab) {
    const rounds = lab.size(3, 5)
    const seconds = lab.size(5, 10)
    const seen: Record<Beside, Timed[]> = { nothing: [], answered: [], hanging: [] }
    await lab.on(
      'server',
      (population) =>
        withCast(population, lab.settings.entries.receiver, async (cast) => {
          await warmUp(cast)
          await measure(cast, 'hanging', 5)
          // In turn, so that a machine that changes its speed does not decide.
          for (let round = 0; round < rounds; round++) for (const beside of besides) seen[beside].push(await measure(cast, beside, seconds))
        }),
      { allCores: true },
    )
    return (['asked', 'unasked'] as const).map((kind): Figure => {
      const of = (beside: Beside) => summarised(seen[beside].map((timed) => timed[kind]))
      const [alone, answered, beside] = [of('nothing'), of('answered'), of('hanging')]
      return {
        scenario: 'questions',
        name: `message ${kind === 'asked' ? 'that is asked about' : 'of a service without hooks'}, while ${hanging.toLocaleString('en')} questions hang, p99`,
        value: beside.p99,
        unit: 'ms',
        // That they hang is to cost nobody more than a fifth: as much is asked when they are answered.
        target: { atMost: answered.p99 * 1.2 },
        p50: beside.p50,
        p99: beside.p99,
        note: `median of ${rounds} rounds of ${timedPerSecond * seconds} messages: hanging ${beside.text}; nothing ${alone.text}; answered ${answered.text}; ${format(beside.p99 / alone.p99)} times nothing, ${format(beside.p99 / answered.p99)} times answered`,
      }
    })
  },
}
