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
/** Of five seconds that a thousand hang, what is left when all of them were asked. */
const seconds = 2.5
const warmUpSeconds = 0.5
/** A server that has answered but a few thousand has not compiled yet what it runs, and is several times slower. */
const messagesToWarmUp = 30_000

/**
 * What goes on beside the messages that are timed: nothing; a thousand questions hang, which were asked together before; as many hang, and again and again
 * one is given up and another one asked; or as many are asked, and answered at once.
 */
const besides = ['nothing', 'standing', 'hanging', 'answered'] as const
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

/** Something that goes on. Resolves when it has ended, with whether it went on as it should until then. */
type GoingOn = () => Promise<boolean>

/** The time of messages while something goes on beside them, which has ended when this resolves. Undefined when it had ended before they were timed. */
async function measure(cast: Cast, beside: Beside): Promise<Timed | undefined> {
  const others = { nothing: silence, standing: askAtOnce, hanging: askAndHang, answered: askAndAnswer }[beside]
  const end = await others(cast)
  const [asked, unasked] = await Promise.all([talk(cast.asked, cast.hooked), talk(cast.bystanders, cast.free)])
  return (await end()) ? { asked, unasked } : undefined
}

async function silence(): Promise<GoingOn> {
  return async () => true
}

async function askAndAnswer({ population, others }: Cast): Promise<GoingOn> {
  let next = 0
  const asking = setInterval(() => void say(others[next++ % others.length]!, population.serviceSid, 'answer'), 1_000 / othersPerSecond)
  return async () => {
    clearInterval(asking)
    return true
  }
}

/** All are asked in one moment, and all hang while messages are timed. */
async function askAtOnce({ population, receiver, others }: Cast): Promise<GoingOn> {
  const before = receiver.asked()
  let givenUp = 0
  const all = Array.from({ length: hanging }, async (_, number) => {
    await say(others[number % others.length]!, population.serviceSid, 'hang')
    givenUp++
  })
  await until(
    () => receiver.asked() - before >= hanging,
    () => `${receiver.asked() - before} questions hang`,
  )
  return async () => {
    const hungThroughout = givenUp === 0
    await Promise.all(all)
    return hungThroughout
  }
}

/** Each is asked again when it was given up. They begin one after the other, as apps ask, so they go on coming evenly. */
async function askAndHang({ population, receiver, others }: Cast): Promise<GoingOn> {
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
    return true
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
async function talk(population: Population, bots: readonly Bot[]): Promise<PaceResult> {
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

/** What is beside, what it is compared with, and how that is said. */
const compared = [
  { beside: 'standing', like: 'nothing', words: 'questions hang', likeWords: 'nothing beside' },
  // As much is asked, and what differs is that they hang.
  {
    beside: 'hanging',
    like: 'answered',
    words: `questions hang, ${othersPerSecond} given up and asked anew a second`,
    likeWords: 'as many answered',
  },
] as const

export const questions: Scenario = {
  name: 'questions',
  about: 'messages that are asked about, and others, while a thousand questions hang',
  async run(lab) {
    const rounds = lab.size(5, 15)
    const seen: Record<Beside, Timed[]> = { nothing: [], standing: [], hanging: [], answered: [] }
    await lab.on(
      'server',
      (population) =>
        withCast(population, lab.settings.entries.receiver, async (cast) => {
          await warmUp(cast)
          await measure(cast, 'hanging')
          // In turn, so that a machine that changes its speed does not decide.
          for (let round = 0; round < rounds; round++)
            for (const beside of besides) {
              const timed = await measure(cast, beside)
              if (timed) seen[beside].push(timed)
            }
        }),
      { allCores: true },
    )
    const of = (beside: Beside, kind: keyof Timed) => summarised(seen[beside].map((timed) => timed[kind]))
    return compared.flatMap(({ beside, like, words, likeWords }) =>
      (['asked', 'unasked'] as const).map((kind): Figure => {
        const [figure, other, alone] = [of(beside, kind), of(like, kind), of('nothing', kind)]
        const alsoTimes = like === 'nothing' ? '' : `, ${format(figure.p99 / alone.p99)} times nothing beside`
        return {
          scenario: 'questions',
          name: `message ${kind === 'asked' ? 'that is asked about' : 'of a service without hooks'}, while ${hanging.toLocaleString('en')} ${words}, p99`,
          value: figure.p99,
          unit: 'ms',
          target: { atMost: other.p99 * 1.2 },
          p50: figure.p50,
          p99: figure.p99,
          note: `${format(figure.p99 / other.p99)} times ${likeWords}${alsoTimes}; median of ${seen[beside].length} rounds of ${timedPerSecond * seconds} messages: ${figure.text}; ${likeWords}: ${other.text}`,
        }
      }),
    )
  },
}
