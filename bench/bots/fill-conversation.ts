import { numberedBody } from './deliveries.ts'
import type { Population, Room } from './population.ts'

const inFlightEach = 25

/** Sends messages into a room through its first members' sessions, as fast as the server takes them. Nobody there subscribes. */
export async function fillConversation(population: Population, { sid, identities }: Room, count: number): Promise<void> {
  const sessions = await Promise.all(identities.map((identity) => population.connect(identity)))
  let next = 0
  const lane = async (at: number) => {
    while (next < count) {
      const status = await sessions[at]!.sendMessage(population.serviceSid, sid, numberedBody(next++))
      if (status !== 201) throw new Error(`A message was answered ${status}`)
    }
  }
  await Promise.all(Array.from({ length: sessions.length * inFlightEach }, (_, at) => lane(at % sessions.length)))
  for (const session of sessions) session.destroy()
}
