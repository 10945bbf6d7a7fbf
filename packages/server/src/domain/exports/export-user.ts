import type { UserRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { counted, type Portion, portionRows } from './exported.ts'

/** Messages that are looked at in one go for those of a user. */
const lookedAt = 2_000

/**
 * Everything that is kept of a user, in portions: the user and the devices that get pushes, then each conversation that they are in, or have been in, with who they are there and
 * what they have written, then what was written in their name elsewhere, then the files that they have uploaded.
 */
export function exportUser(ctx: Context, user: UserRow): AsyncIterable<Portion> {
  return counted({ type: 'export', of: user.sid, begun: ctx.clock.now() }, portionsOf(ctx, user))
}

async function* portionsOf(ctx: Context, user: UserRow): AsyncGenerator<Portion> {
  const { personalData } = ctx.store.read
  const bindings = await ctx.store.read.pushBindings.ofUser(user.sid)
  yield [{ type: 'user', row: user }, ...bindings.map((row) => ({ type: 'binding' as const, row }))]
  for await (const sids of pages(
    (after) => personalData.conversationsOf(user.sid, after, portionRows),
    (sid) => sid,
  ))
    for (const sid of sids) yield* inConversation(ctx, user, sid)
  const named = (after: string) => personalData.writtenInName(user.chat_service_sid, user.identity, after, portionRows)
  for await (const rows of pages(named, ({ sid }) => sid))
    yield rows.filter(({ removed_at }) => removed_at === null).map((row) => ({ type: 'message', row }))
  for await (const rows of pages(
    (after) => personalData.uploads(user.sid, after, portionRows),
    ({ sid }) => sid,
  ))
    yield rows.filter(({ uploaded }) => uploaded === 1).map((row) => ({ type: 'media', row }))
}

async function* inConversation(ctx: Context, { sid: user_sid, identity }: UserRow, conversation_sid: string): AsyncGenerator<Portion> {
  const { conversations, personalData } = ctx.store.read
  const conversation = await conversations.find(conversation_sid)
  // Of a deleted one nothing is left but that they were there.
  if (!conversation) return
  const seats = await personalData.seats(user_sid, conversation_sid)
  yield [{ type: 'conversation', row: conversation }, ...seats.map((row) => ({ type: 'participant' as const, row }))]
  const voice = { conversation_sid, identity, participant_sids: seats.map(({ sid }) => sid) }
  for (let from = 0; from < conversation.next_index; ) {
    const range = { from, to: from + lookedAt }
    const rows = await personalData.written(voice, range, portionRows)
    yield rows.map((row) => ({ type: 'message', row }))
    const last = rows.length === portionRows ? rows.at(-1) : undefined
    from = last ? last.position + 1 : range.to
  }
}

/** Pages of a list that is asked for from a key on. */
async function* pages<R>(page: (after: string) => Promise<R[]>, keyOf: (row: R) => string): AsyncGenerator<R[]> {
  for (let rows = await page(''); rows.length > 0; ) {
    yield rows
    const last = rows.at(-1)
    rows = rows.length < portionRows || last === undefined ? [] : await page(keyOf(last))
  }
}
