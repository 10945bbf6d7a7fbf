import { Counter, Histogram } from 'prom-client'
import { metrics } from '../base/metrics.ts'
import { vitals } from '../base/vitals.ts'
import type { WebhookDeliveryRow } from '../storage/schema.ts'

const registers = [metrics]

const seconds = new Histogram({
  name: 'parley_webhook_seconds',
  help: 'Time from sending a webhook to the end of its answer, or to giving up',
  labelNames: ['phase'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
  registers,
})

/** How long receivers take, before an action and after it. Their labels are found once. */
export const attemptSeconds = { pre: seconds.labels('pre'), post: seconds.labels('post') }

export const preAnswers = new Counter({
  name: 'parley_webhook_pre_answers_total',
  help: 'Pre-action webhooks, by what came of them: passed, changed, rejected, or why there was no answer',
  labelNames: ['outcome'],
  registers,
})

const attempts = new Counter({
  name: 'parley_webhook_attempts_total',
  help: 'Attempts to send post-action webhooks, by what came of them: delivered, retry, failed, dead',
  labelNames: ['outcome'],
  registers,
})

/** Counts an attempt by the state in which it leaves its delivery. */
export function countAttempt(state: WebhookDeliveryRow['state']): void {
  attempts.inc({ outcome: state === 'waiting' ? 'retry' : state })
  if (state === 'delivered') vitals.webhooksDelivered.add()
  else if (state === 'waiting') vitals.webhooksRetried.add()
  else vitals.webhooksFailed.add()
}
