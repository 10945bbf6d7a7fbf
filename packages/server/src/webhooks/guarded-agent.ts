import { Agent, buildConnector } from 'undici'
import type { OutwardGuard } from '../base/outward-guard.ts'

/** A connection that takes longer to be made is none, in milliseconds. */
const connectTimeout = 5_000
/**
 * An idle connection is kept for the next request for so long, in milliseconds: many servers close theirs after five seconds, and a request that
 * crosses with that is lost. One that says for how long it keeps them is believed, up to a bound.
 */
const keepAlive = 4_000
const longestKeepAlive = 30_000

/** Keeps connections to where they may go, so many to a host. Apart from those who call, so that the library is loaded when somebody is called. */
export function openAgent(guard: OutwardGuard, connections: number): Agent {
  const connect = buildConnector({ timeout: connectTimeout, lookup: guard.lookup as never, allowH2: false })
  return new Agent({
    connect: (target, callback) => {
      try {
        guard.assertHost(target.hostname)
      } catch (refused) {
        callback(refused as Error, null)
        return
      }
      connect(target, callback)
    },
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAlive,
    keepAliveMaxTimeout: longestKeepAlive,
    // One time-out holds for the whole, by our clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}
