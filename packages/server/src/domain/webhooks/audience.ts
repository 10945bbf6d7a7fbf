import { type ChannelType, ParleyError, type PreActionEvent, type WebhookSource } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Actor, SystemActor, UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import type { ServiceListeners } from './listeners.ts'

/** Who may hear of what somebody does in a service, and what they are told of whoever does it (webhooks §3.1). */
export interface Audience extends Pick<ServiceListeners, 'before' | 'after'> {
  account_sid: string
  chat_service_sid: string
  source: WebhookSource
  /** Of a user, who acts by an SDK. */
  client_identity: string | null
}

/** What is asked of an actor here: a user may be one who does not exist yet. */
type Speaker = Exclude<Actor, UserActor> | Pick<UserActor, 'kind' | 'identity'>

/** Whether anybody may hear of what the actor does. Of what an account does by REST nobody does, unless it is said or configured (webhooks §2). */
function mayBeHeard(ctx: Context, actor: Speaker): boolean | Promise<boolean> {
  return actor.kind !== 'account' || (actor.webhooks ?? ctx.listeners.mayHearRest(actor.account_sid))
}

/** Who hears of what the actor does: nobody, which is `undefined`, when it is done by REST and neither said nor configured that webhooks hear of it. */
export async function audienceOf(
  ctx: Context,
  actor: Speaker,
  place: Pick<ConversationRow, 'account_sid' | 'chat_service_sid'>,
): Promise<Audience | undefined> {
  const may = mayBeHeard(ctx, actor)
  if (!(may instanceof Promise ? await may : may)) return undefined
  const { account_sid, chat_service_sid } = place
  const known = ctx.listeners.of(account_sid, chat_service_sid)
  const { before, after, hearRest } = known instanceof Promise ? await known : known
  if (actor.kind === 'account' && !(actor.webhooks ?? hearRest)) return undefined
  const client_identity = actor.kind === 'user' ? actor.identity : null
  return { account_sid, chat_service_sid, source: sourceOf(actor), client_identity, before, after }
}

/** The same, for an action in a conversation. @throws 50350 when it has gone meanwhile, and only the conversation could say where it was */
export async function audienceIn(ctx: Context, actor: Actor, conversation_sid: string): Promise<Audience | undefined> {
  if (actor.kind === 'user') return audienceOf(ctx, actor, actor)
  if (!(await mayBeHeard(ctx, actor))) return undefined
  return audienceOf(ctx, actor, await conversationNow(ctx, conversation_sid))
}

/** The same, for an action in a service. @throws 50050 */
export async function audienceInService(ctx: Context, actor: Actor, chat_service_sid: string): Promise<Audience | undefined> {
  if (actor.kind !== 'system') return audienceOf(ctx, actor, { account_sid: actor.account_sid, chat_service_sid })
  const service = await ctx.store.read.services.find(chat_service_sid)
  if (!service) throw new ParleyError('service-not-found')
  return audienceOf(ctx, actor, { account_sid: service.account_sid, chat_service_sid })
}

/** The conversation as it is before anything is done. @throws 50350 */
export async function conversationNow(ctx: Context, conversation_sid: string): Promise<ConversationRow> {
  const conversation = await ctx.store.read.conversations.find(conversation_sid)
  if (!conversation) throw new ParleyError('conversation-not-found')
  return conversation
}

/** Whether somebody wants to be asked before this is done. */
export const isAsked = (audience: Audience | undefined, event: PreActionEvent): audience is Audience =>
  audience?.before?.hears.has(event) === true

/** What is said of an action that came by a channel (webhooks §3.1). */
export const sourceOfChannel = (type: ChannelType): SystemActor['source'] =>
  type === 'chat' ? 'SYSTEM' : (type.toUpperCase() as SystemActor['source'])

function sourceOf(actor: Speaker): WebhookSource {
  if (actor.kind === 'user') return 'SDK'
  return actor.kind === 'account' ? 'API' : actor.source
}
