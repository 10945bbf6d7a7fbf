import type { DatabaseAddress } from '../base/setting-values.ts'
import { BareWorld } from './bare-world.ts'

/**
 * For tests, as a process of its own: writes messages into conversations until it is killed, and prints a line for each that is acknowledged. Its
 * parameter is JSON: the database and the SIDs of the conversations.
 */
const { address, rooms } = JSON.parse(process.argv[2] ?? '') as { address: DatabaseAddress; rooms: string[] }
const world = await BareWorld.visit(address)

const write = async (writer: number) => {
  for (let n = 0; ; n++) {
    const room = rooms[(writer + n) % rooms.length] as string
    const { message } = await world.say(room, `${writer} ${n}`)
    process.stdout.write(`${message.sid} ${message.conversation_sid} ${message.position}\n`)
    if (n % 5 === writer % 5) await world.enter(room, { type: 'sms', address: `+${writer}` })
  }
}
await Promise.all(Array.from({ length: 60 }, (_, writer) => write(writer)))
