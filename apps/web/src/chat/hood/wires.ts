import { type Client, Conversation, Message, Participant, User } from '@parley/client'
import { create } from 'zustand'

/** Something that the client said, or asked of the server by HTTP. */
export interface Happening {
  key: number
  date: Date
  /** `messageAdded`, or `GET /v1/…`. */
  name: string
  /** What it was about, as JSON. */
  about: string
}

/** The last ones are kept. */
const most = 200

/** What happens between this page and the server. It is written down only while somebody wants to see it. */
export const useWires = create<{ happenings: readonly Happening[] }>(() => ({ happenings: [] }))

const events = [
  'conversationAdded',
  'conversationJoined',
  'conversationLeft',
  'conversationRemoved',
  'conversationUpdated',
  'participantJoined',
  'participantLeft',
  'participantUpdated',
  'messageAdded',
  'messageRemoved',
  'messageUpdated',
  'tokenAboutToExpire',
  'tokenExpired',
  'typingEnded',
  'typingStarted',
  'userUpdated',
  'connectionStateChanged',
  'connectionError',
] as const satisfies readonly Parameters<Client['on']>[0][]

let written = 0
let isWatching = false

function write(name: string, about: unknown): void {
  const happening = { key: ++written, date: new Date(), name, about: JSON.stringify(about) ?? '' }
  useWires.setState(({ happenings }) => ({ happenings: [...happenings, happening].slice(-most) }))
}

export const clearWires = (): void => useWires.setState({ happenings: [] })

/** Writes down what a client says from now on. @returns stops it */
export function watchWires(client: Client): () => void {
  const stops = events.map((event) => {
    const told = (...given: unknown[]) => write(event, given.length === 1 ? plain(given[0]) : given.map(plain))
    client.on(event, told as never)
    return () => client.off(event, told as never)
  })
  isWatching = true
  return () => {
    isWatching = false
    for (const stop of stops) stop()
  }
}

/** `fetch` that is written down, with what came of it and how long it took. */
export const watchedFetch =
  (fetchPlainly: typeof fetch): typeof fetch =>
  async (input, init) => {
    if (!isWatching) return fetchPlainly(input, init)
    const began = performance.now()
    const name = `${init?.method ?? 'GET'} ${new URL(String(input instanceof Request ? input.url : input), location.href).pathname}`
    const milliseconds = () => Math.round(performance.now() - began)
    try {
      const answer = await fetchPlainly(input, init)
      write(name, { status: answer.status, milliseconds: milliseconds() })
      return answer
    } catch (error) {
      write(name, { error: (error as Error).message, milliseconds: milliseconds() })
      throw error
    }
  }

/** What can be read of what an event carries. */
function plain(given: unknown): unknown {
  if (given instanceof Message) return { sid: given.sid, index: given.index, author: given.author, body: given.body }
  if (given instanceof Participant) return { sid: given.sid, identity: given.identity, type: given.type }
  if (given instanceof Conversation) return { sid: given.sid, friendlyName: given.friendlyName }
  if (given instanceof User) return { identity: given.identity, friendlyName: given.friendlyName }
  if (typeof given !== 'object' || given === null || given instanceof Date || Array.isArray(given)) return given
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(value)]))
}
