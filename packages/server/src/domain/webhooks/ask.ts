import { decodeJson, ParleyError, type PreActionEvent } from '@parley/protocol'
import type { Static, TObject } from '@sinclair/typebox'
import type { Context } from '../context.ts'
import type { Audience } from './audience.ts'
import type { PreAnswer } from './caller.ts'
import { type Told, toPairs } from './parameters.ts'

/** What somebody is asked for: an event and its parameters. */
interface Question<E extends PreActionEvent, S extends TObject> {
  event: E
  conversation_sid?: string
  parameters: Told<E>
  /** What the answer may change. */
  answer: S
}

/**
 * Asks the webhook that wants to be asked before something is done, and waits for its answer. Nothing is locked meanwhile, and nothing was written.
 *
 * @returns the values that it wants in place of those asked for, read by the rules that hold for those
 * @throws 50056 when it refuses, 50057 for values that are not valid, 50057 or 50076 when it cannot be asked and is not to be passed over, and 20503
 *   when this server stops meanwhile
 */
export async function ask<E extends PreActionEvent, S extends TObject>(
  ctx: Context,
  audience: Audience,
  question: Question<E, S>,
): Promise<Partial<Static<S>>> {
  const listener = audience.before
  if (!listener) return {}
  const { event, answer } = question
  const said = await put(ctx, audience, listener, question)
  if (said.kind === 'rejected')
    throw new ParleyError('webhook-refused', { details: { event, ...(said.status ? { webhook_status: said.status } : {}) } })
  if (said.kind === 'failed') {
    // Whoever asks again asks a server that can ask.
    if (said.reason === 'stopping') throw new ParleyError('unavailable')
    if (listener.fail_closed ?? ctx.webhooks.failClosed) throw unasked(event, said)
    return {}
  }
  return said.changes ? accepted(event, said.changes, answer, ctx) : {}
}

/** Puts a question. On its own, for what is put together here is not needed until the answer comes, which may take seconds. */
function put<E extends PreActionEvent, S extends TObject>(
  ctx: Context,
  audience: Audience,
  { url, method, level }: NonNullable<Audience['before']>,
  { event, conversation_sid, parameters }: Question<E, S>,
): Promise<PreAnswer> {
  const { account_sid, chat_service_sid } = audience
  return ctx.webhooks.ask({
    account_sid,
    chat_service_sid,
    conversation_sid: conversation_sid ?? null,
    event_type: event,
    url,
    method,
    level,
    parameters: toPairs(audience, event, parameters),
  })
}

const unasked = (event: string, { reason }: Extract<PreAnswer, { kind: 'failed' }>) =>
  new ParleyError(reason === 'timeout' ? 'webhook-timeout' : 'webhook-failed', { details: { event, reason } })

function accepted<S extends TObject>(event: string, changes: Record<string, unknown>, answer: S, ctx: Context): Partial<Static<S>> {
  try {
    return decodeJson(answer, changes, ctx.limits)
  } catch (error) {
    throw error instanceof ParleyError ? unacceptable(event, error) : error
  }
}

/** What a webhook answered cannot be done; `cause` says why not. */
export const unacceptable = (event: string, cause: ParleyError): ParleyError =>
  new ParleyError('webhook-failed', {
    details: { event, reason: cause.message, reason_code: cause.code, ...fieldOf(cause) },
    cause,
  })

const fieldOf = ({ details }: ParleyError) => (typeof details?.['field'] === 'string' ? { answer_field: details['field'] } : {})
