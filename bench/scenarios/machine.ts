import { commitLimit } from '../limits/commit-limit.ts'
import { fanOutLimit } from '../limits/fan-out-limit.ts'
import { ingestLimit } from './ingest.ts'
import type { Scenario } from './scenario.ts'

const sockets = 200

export const machine: Scenario = {
  name: 'machine',
  about: 'what this machine can do with Node, ws and SQLite and nothing else, in the same minute as the rest',
  async run(lab) {
    const { messagesPerSecond, deliveriesPerSecond } = await ingestLimit(lab)
    return [
      { scenario: 'machine', name: 'commits of one row, each on the disk', value: await commitLimit(lab), unit: '/s' },
      { scenario: 'machine', name: `the same bytes to ${sockets} websockets`, value: await fanOutLimit(lab, sockets), unit: '/s' },
      { scenario: 'machine', name: 'bare server: messages, acknowledged and durable', value: messagesPerSecond, unit: '/s' },
      { scenario: 'machine', name: 'bare server: deliveries', value: deliveriesPerSecond, unit: '/s' },
    ]
  },
}
