import type { PreFailure } from '../domain/webhooks/caller.ts'
import type { WebhookAttemptRow, WebhookDeliveryRow } from '../storage/schema.ts'

/** One try of a webhook: all that is needed to send it. Like everything in this file it is plain data, for it may go to another thread. */
export interface Call extends Pick<WebhookDeliveryRow, 'phase' | 'url' | 'method' | 'parameters' | 'idempotency_token'> {
  /** Its name among those that are under way. */
  id: number
  retry_count: number
  /** The account's: by it the request is signed. */
  auth_token: string
}

/** What a receiver answered. */
export interface Answer {
  status: number
  /** Of these headers, or empty. */
  contentType: string
  retryAfter: string
  /** What whoever asked before an action is to read; of a webhook after one the log alone has a use for it. */
  body: string
  /** Whether the body was longer than anybody reads, or in an encoding that nobody asked for. */
  unreadable: boolean
}

/** Why there is no answer. `stopping`: the server ends, and the request was broken off. */
export interface Failure {
  reason: Exclude<PreFailure, 'answer'>
  text: string
}

export type CallResult = { answer: Answer } | { failure: Failure }

/** What the log says of a request and its answer. */
export type LoggedCall = Pick<WebhookAttemptRow, 'request_headers' | 'response_status' | 'response_headers' | 'response_body' | 'error'>

/** What came of a call. */
export interface Outcome {
  id: number
  result: CallResult
  logged: LoggedCall
}

/** Sends calls. Whatever happens, the outcome of each is told once, to whoever opened this. */
export interface Calls {
  send(call: Call): void
  /** Ends a call that is under way: its outcome is this failure, whatever else may come. */
  breakOff(id: number, failure: Failure): void
  /** Lets go of all connections. No call is under way any more. */
  close(): Promise<void>
}

/** What is common to all calls. */
export interface CallsOptions {
  /** Connections to one host, before an action and after it; more calls wait for one of them. */
  connections: Record<Call['phase'], number>
  /** Hears what came of each call. */
  hear(outcome: Outcome): void
}

/** The outcome of a call of which there is nothing to log but why it failed. */
export const failed = (id: number, failure: Failure): Outcome => ({
  id,
  result: { failure },
  logged: { request_headers: '{}', response_status: null, response_headers: null, response_body: null, error: failure.text },
})

export const stopping: Failure = { reason: 'stopping', text: 'The server was stopping' }
