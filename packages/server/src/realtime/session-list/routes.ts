import { isoInstant as iso, isSid, ParleyError, syncObjectName } from '@parley/protocol'
import type { Context } from '../../domain/context.ts'
import { getConversation } from '../../domain/conversations/find-conversation.ts'
import { countUnread } from '../../domain/user-conversations/count-unread.ts'
import { getUser } from '../../domain/users/find-user.ts'
import type { ParticipantRow } from '../../storage/schema.ts'
import { bySidOf, pageMeta, pageRequest } from '../commands/paging.ts'
import { conversationResource, userResource } from '../commands/resources.ts'
import { typing } from '../commands/typing.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { act } from './actions.ts'
import { isSessionList, type SessionItem, type SessionList } from './session-lists.ts'

/** The edge for SDK 1.x: a list of commands for each connection, and the list of the user's conversations (wire-protocol-1x). */
const urlOf = (sid: string) => `https://cds.us1.twilio.com/v3/Lists/${sid}`

function open({ ctx, session, lists }: Command) {
  session.olderEvents = true
  const { sid, lastEventId } = lists.open(session)
  const url = urlOf(sid)
  const now = iso(ctx.clock.now())
  return {
    sid,
    unique_name: null,
    url,
    account_sid: session.actor.account_sid,
    service_sid: session.actor.chat_service_sid,
    revision: String(lastEventId),
    last_event_id: lastEventId,
    date_created: now,
    date_updated: now,
    date_expires: null,
    created_by: session.identity,
    links: { items: `${url}/Items`, context: `${url}/Context` },
  }
}

function ownList({ session, lists, params }: Command): SessionList {
  const sid = params['object'] as string
  if (!isSessionList(sid)) throw new ParleyError('sync-object-not-found')
  // On a connection that came back this may be the first that is heard of the client's generation.
  session.olderEvents = true
  return lists.follow(sid, session)
}

/** Empty and as old as can be: the client takes what it needs from the event that follows its subscription, when that is newer than this. */
function context(command: Command) {
  ownList(command)
  return { data: {}, last_event_id: 0 }
}

function post(command: Command) {
  const { ctx, body } = command
  const list = ownList(command)
  const { data } = (body ?? {}) as { data?: { commandId?: unknown; request?: unknown } }
  const { commandId, request } = data ?? {}
  if (typeof commandId !== 'string' || commandId.length > 100 || typeof request !== 'object' || request === null)
    throw new ParleyError('parameter-invalid', { text: 'data with commandId and request is expected' })
  // Who lost the connection before the answer came asks again.
  const known = list.find(commandId)
  if (known) return present(list, known)
  const item = list.add({ commandId, request: request as Record<string, unknown> })
  command.goOn(carryOut(ctx, command, list, item))
  return present(list, item)
}

async function carryOut(ctx: Context, command: Command, list: SessionList, item: SessionItem): Promise<void> {
  // The client knows the item by the answer to its request, so that goes first.
  await new Promise((resolve) => setImmediate(resolve))
  try {
    list.answer(item, { status: 200, ...(await act(command, item.data.request)) })
  } catch (error) {
    if (!(error instanceof ParleyError)) ctx.log.error({ err: error, action: item.data.request['action'] }, 'A command of a session failed')
    const { code, message } = error instanceof ParleyError ? error : new ParleyError('internal-error')
    // Apps read the one as the code of the error, the other as its message.
    list.answer(item, { status: code, statusText: message })
  }
}

const present = ({ sid }: SessionList, { index, data, last_event_id, date_created, date_updated }: SessionItem) => ({
  index,
  list_sid: sid,
  data,
  last_event_id,
  revision: String(last_event_id),
  url: `${urlOf(sid)}/Items/${index}`,
  date_created: iso(date_created),
  date_updated: iso(date_updated),
  date_expires: null,
  created_by: 'system',
})

/** The user's own conversations, page by page. */
async function ownConversations({ ctx, session, query }: Command) {
  const request = pageRequest(query, bySidOf('conversation'))
  const page = await ctx.store.read.participants.pageOfUser(session.actor.user_sid, request)
  return { channels: page.rows.map(({ participant }) => presentConversation(participant)), meta: pageMeta(page, request) }
}

function presentConversation({ conversation_sid: owner, last_read_message_index, notification_level }: ParticipantRow) {
  return {
    channel_sid: owner,
    status: 'joined',
    channel: syncObjectName({ kind: 'document', owner }),
    messages: syncObjectName({ kind: 'messages', owner }),
    roster: syncObjectName({ kind: 'roster', owner }),
    last_consumed_message_index: last_read_message_index,
    notification_level,
  }
}

/** How many messages of a conversation are unread: asked for one by one. */
async function unread({ ctx, session, query }: Command) {
  const sid = query['ChannelSid'] ?? ''
  const membership = isSid('conversation', sid) ? await ctx.store.read.participants.findMembership(session.actor.user_sid, sid) : undefined
  if (!membership) throw new ParleyError('not-a-participant')
  return {
    channels: [{ ...presentConversation(membership.participant), unread_messages_count: await countUnread(ctx, membership) }],
    meta: { previous_token: null, next_token: null },
  }
}

/** A conversation by SID or unique name, with its members under their older names. */
async function lookUp(command: Command) {
  const { ctx, session, params } = command
  const conversation = await getConversation(ctx, session.actor, session.actor.chat_service_sid, params['conversation'] as string)
  return { channel_sid: conversation.sid, members_count: conversation.participants_count, ...conversationResource(conversation) }
}

async function user({ ctx, session, params }: Command) {
  const found = await getUser(ctx.store.read, session.actor.chat_service_sid, params['user'] as string)
  return { ...userResource(found), sync_unique_name: syncObjectName({ kind: 'userInfo', owner: found.sid }) }
}

export const sessionListRoutes = [
  upstreamRoute('POST', '/v3/Lists', open, 201),
  upstreamRoute('GET', '/v3/Lists/:object/Context', context),
  upstreamRoute('POST', '/v3/Lists/:object/Items', post, 201),
  upstreamRoute('GET', '/v1/synclist', ownConversations),
  upstreamRoute('GET', '/v1/channels', unread),
  upstreamRoute('GET', '/v1/channels/:conversation', lookUp),
  upstreamRoute('GET', '/v1/users/:user', user),
  upstreamRoute('POST', '/v1/typing', typing),
]
