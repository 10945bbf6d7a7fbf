import { type AddParticipant, type CreateConversationWithParticipants, ParleyError } from '@parley/protocol'
import type { JobHandler } from '../../jobs/runner.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { insertParticipant } from '../participants/add-participant.ts'
import { assertFits, assertPairFree, readBinding } from '../participants/bindings.ts'
import { assertNewGroup } from '../participants/groups.ts'
import { roleInConversation } from '../participants/roles.ts'
import { type Audience, audienceInService, audienceOf, isAsked } from '../webhooks/audience.ts'
import { tellState } from '../webhooks/tell.ts'
import { askToAdd, assertNameFree, draftConversation, tellAdded } from './create-conversation.ts'
import { armTimers } from './timers.ts'

/** The kind of the jobs that fill new conversations. */
export const assembling = 'conversation'

interface Assembly {
  conversation_sid: string
  /** The state that the conversation has once everybody is there. */
  state: 'active' | 'inactive'
  participants: AddParticipant[]
  /** Who made the conversation, and so who adds them. */
  actor: Actor
}

/**
 * Makes a conversation together with those who take part (rest-api §3.2). Everything is looked at first, and one bad participant fails it all. Then the
 * conversation is there at once, `initializing`: nobody changes it until those who take part have been added, in the background.
 */
export async function createConversationWithParticipants(
  ctx: Context,
  actor: Actor,
  chat_service_sid: string,
  { participant: participants = [], ...requested }: CreateConversationWithParticipants,
): Promise<ConversationRow> {
  const { state = 'active' } = requested
  if (state === 'closed') throw new ParleyError('initial-state-closed')
  ctx.quotas.take(chat_service_sid)
  assertDifferent(participants)
  const audience = await audienceInService(ctx, actor, chat_service_sid)
  const changes = isAsked(audience, 'onConversationAdd') ? await askToAdd(ctx, audience, actor, chat_service_sid, requested) : undefined
  const params = changes ? { ...requested, ...changes } : requested

  return ctx.store.write(async (tx) => {
    await assertNameFree(tx, chat_service_sid, params.unique_name ?? null)
    const draft = await draftConversation(ctx, tx, actor, chat_service_sid, params)
    if (participants.length === 0) {
      await tx.conversations.insert(draft)
      await tellAdded(ctx, tx, audience, draft)
      return draft
    }
    const conversation: ConversationRow = { ...draft, state: 'initializing', date_inactive: null, date_closed: null }
    for (const one of participants) await assertAddable(ctx, tx, actor, conversation, one)
    await assertNewGroup(
      tx,
      conversation,
      participants.map((one) => readBinding(ctx, one)),
    )
    await tx.conversations.insert(conversation)
    await tellAdded(ctx, tx, audience, conversation)
    const now = ctx.clock.now()
    const assembly: Assembly = { conversation_sid: conversation.sid, state, participants, actor }
    await tx.jobs.insert({
      sid: ctx.ids.sid('job'),
      account_sid: conversation.account_sid,
      kind: assembling,
      key: conversation.sid,
      payload: JSON.stringify(assembly),
      run_at: now,
      date_created: now,
    })
    return conversation
  })
}

/** Refuses somebody who is named twice. */
function assertDifferent(participants: readonly AddParticipant[]): void {
  const seen = new Set<string>()
  for (const { identity, messaging_binding: { address, proxy_address } = {} } of participants) {
    const name = JSON.stringify([identity, address, proxy_address])
    if (seen.has(name) && identity !== undefined) throw new ParleyError('participant-exists', { details: { identity } })
    if (seen.has(name) && address !== undefined) throw new ParleyError('binding-exists', { details: { address } })
    seen.add(name)
  }
}

/** Refuses, before anything is made, what could not be added afterwards. */
async function assertAddable(
  ctx: Context,
  tx: Writers,
  actor: Actor,
  conversation: ConversationRow,
  params: AddParticipant,
): Promise<void> {
  const binding = readBinding(ctx, params)
  await assertFits(tx, conversation, binding)
  await assertPairFree(tx, actor, conversation.account_sid, binding)
  await roleInConversation(tx, conversation, params.identity ?? null, params.role_sid)
}

/** What such a job has to do once somebody is not to be added any more. */
export function withoutIdentity(payload: string, identity: string): string {
  const assembly = JSON.parse(payload) as Assembly
  return JSON.stringify({ ...assembly, participants: assembly.participants.filter((one) => one.identity !== identity) })
}

/**
 * Adds those who are to take part in a new conversation, and opens it; all at once, so that it can be done again by somebody else when this process
 * ends in between. What has become impossible meanwhile, because others were faster, closes the conversation. A conversation that is not
 * `initializing` any more is done.
 */
export const conversationAssembler = (ctx: Context): JobHandler => ({
  attempts: 10,
  backOff: { first: 200, most: 60_000, factor: 3 },
  concurrency: 10,
  async run(job) {
    const assembly = JSON.parse(job.payload) as Assembly
    try {
      await assemble(ctx, assembly)
    } catch (error) {
      const hopeless = error instanceof ParleyError && error.status < 500
      if (!hopeless && job.attempts + 1 < this.attempts) throw error
      ctx.log.warn(
        { err: error, conversation_sid: assembly.conversation_sid },
        'A conversation is closed, for its participants cannot be added',
      )
      await giveUp(ctx, assembly)
    }
    return { kind: 'done' }
  },
})

async function assemble(ctx: Context, { conversation_sid, state, participants, actor }: Assembly): Promise<void> {
  const made = await ctx.store.read.conversations.find(conversation_sid)
  if (!made) return
  const audience = await audienceOf(ctx, actor, made)
  await ctx.store.write(async (tx) => {
    let conversation = await tx.conversations.lock(conversation_sid)
    if (conversation?.state !== 'initializing') return
    for (const params of participants)
      ({ conversation } = await insertParticipant(ctx, tx, actor, audience, conversation, params, readBinding(ctx, params)))
    await settle(ctx, tx, audience, conversation, state)
  })
}

async function giveUp(ctx: Context, { conversation_sid, actor }: Assembly): Promise<void> {
  const made = await ctx.store.read.conversations.find(conversation_sid)
  if (!made) return
  const audience = await audienceOf(ctx, actor, made)
  await ctx.store.write(async (tx) => {
    const conversation = await tx.conversations.lock(conversation_sid)
    if (conversation?.state === 'initializing') await settle(ctx, tx, audience, conversation, 'closed')
  })
}

async function settle(
  ctx: Context,
  tx: Writers,
  audience: Audience | undefined,
  conversation: ConversationRow,
  state: 'active' | 'inactive' | 'closed',
): Promise<void> {
  const now = ctx.clock.now()
  const settled = { ...conversation, state, state_updated: now }
  const saved = await tx.conversations.saveDocument({ ...settled, ...armTimers(settled, now), date_updated: now })
  await tellState(ctx, tx, audience, conversation.state, saved, 'EVENT')
}
