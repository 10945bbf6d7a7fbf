import { Agent } from 'undici'

/** How long a provider may take to be reached, and to answer, in milliseconds. */
const connectTimeout = 5_000
const answerTimeout = 10_000

/** Keeps connections to providers. Apart from those who call, so that the library is loaded when somebody is called. */
export function openAgent(connect: { ca?: Buffer; lookup?: never }): Agent {
  return new Agent({
    connect: { timeout: connectTimeout, ...connect },
    headersTimeout: answerTimeout,
    bodyTimeout: answerTimeout,
    connections: 32,
  })
}
