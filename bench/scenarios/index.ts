import { client } from './client.ts'
import { growth } from './growth.ts'
import { history } from './history.ts'
import { hotRoom } from './hot-room.ts'
import { idle } from './idle.ts'
import { ingest, ingestPostgres } from './ingest.ts'
import { machine } from './machine.ts'
import { openLoop } from './open-loop.ts'
import { questions } from './questions.ts'
import { reconnect } from './reconnect.ts'
import type { Scenario } from './scenario.ts'
import { start } from './start.ts'
import { webhooks } from './webhooks.ts'

/** In the order in which they run. */
export const scenarios: readonly Scenario[] = [
  machine,
  ingest,
  ingestPostgres,
  openLoop,
  hotRoom,
  idle,
  reconnect,
  history,
  start,
  growth,
  client,
  webhooks,
  questions,
]
