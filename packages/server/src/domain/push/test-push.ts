import type { PushBindingRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { meansFor, noteCredential, targetOf } from './deliver-push.ts'
import type { Notice, PushOutcome } from './push-sender.ts'

/** What came of a test. */
export type Tested = { outcome: PushOutcome } | Extract<Awaited<ReturnType<typeof meansFor>>, { explanation: string }>

/** Sends a push to one device at once, whatever is configured, and says what the provider said. */
export async function testPush(ctx: Context, binding: PushBindingRow, body = 'A test'): Promise<Tested> {
  const means = await meansFor(ctx, binding)
  if ('reason' in means) return means
  const notice: Notice = { message_type: 'new_message', body, sound: null, badge: null, data: {} }
  const outcome = await ctx.push.sender.send(targetOf(ctx, binding, means, ctx.ids.sid('push')), notice)
  const { credential } = means
  if (credential) await ctx.store.write((tx) => noteCredential(ctx, tx, credential, outcome))
  return { outcome }
}
