import {
  type ConversationsAnswer,
  isSid,
  type RostersAnswer,
  type StartAnswer,
  type SyncObject,
  startPaths,
  syncObjectSid,
} from '@parley/protocol'
import { getUser } from '../../domain/users/find-user.ts'
import { startOfList } from '../../storage/conversation-lists.ts'
import { configuration } from '../commands/configuration.ts'
import type { Asking } from '../hub.ts'
import { userInfoData, userInfoKeys } from '../sync/views.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { Held } from './held.ts'
import { byConversation, conversationsPage, follow, fromToken, largestPage, smallRoster, toRosterItem } from './listed-conversations.ts'
import { invalid, resume } from './resume.ts'

/**
 * What Parley's own client asks instead of four requests for each conversation (`parley.start.v1`): one to begin, one after a broken connection.
 * The same rows, views and events as Sync, in fewer answers.
 */
const mostRosters = 100

async function start(command: Command): Promise<StartAnswer> {
  const { ctx, session, body } = command
  const { page_size } = (body ?? {}) as { page_size?: unknown }
  const size = Number.isInteger(page_size) && (page_size as number) > 0 ? Math.min(page_size as number, largestPage) : largestPage
  const held = new Held(command)
  try {
    const mine: SyncObject = { kind: 'conversations', owner: session.user_sid }
    const info: SyncObject = { kind: 'userInfo', owner: session.user_sid }
    const [ofMine, ofInfo] = held.hold([mine, info]) as [Asking, Asking]
    const user = await getUser(ctx.store.read, session.actor.chat_service_sid, session.user_sid)
    const page = await conversationsPage(command, startOfList, size)
    const events = {
      friendlyName: user.friendly_name_event_id,
      attributes: user.attributes_event_id,
      reachability: user.reachability_event_id,
    }
    const answer = {
      configuration: await configuration(command),
      my_user_info: {
        sid: syncObjectSid(info),
        last_event_id: user.info_event_id,
        items: userInfoKeys.map((key) => ({ key, data: userInfoData(user, key), last_event_id: events[key] })),
      },
      my_conversations: { sid: syncObjectSid(mine), last_event_id: user.conversations_event_id },
      ...page,
    }
    held.release(ofMine, user.conversations_event_id)
    held.release(ofInfo, user.info_event_id)
    return answer
  } finally {
    held.end()
  }
}

async function conversations(command: Command): Promise<ConversationsAnswer> {
  const { sids, page_token } = (command.body ?? {}) as { sids?: unknown; page_token?: unknown }
  if (typeof page_token === 'string') {
    const { after, size } = fromToken(page_token)
    return conversationsPage(command, after, size)
  }
  return { conversations: await follow(command, readSids(sids, largestPage)), meta: { next_token: null } }
}

async function rosters({ ctx, session, body }: Command): Promise<RostersAnswer> {
  const sids = readSids((body as { sids?: unknown } | undefined)?.sids, mostRosters)
  const rows = await ctx.store.read.lists.rosters(session.user_sid, sids, smallRoster)
  const bySid = byConversation(rows)
  const last = (items: readonly { event_id: number }[]) => Math.max(...items.map(({ event_id }) => event_id))
  return { rosters: [...bySid].map(([sid, items]) => ({ sid, last_event_id: last(items), items: items.map(toRosterItem) })) }
}

function readSids(sids: unknown, most: number): string[] {
  if (!Array.isArray(sids) || sids.length > most) throw invalid('sids', `a list of at most ${most} conversations`)
  return [...new Set(sids.filter((sid): sid is string => typeof sid === 'string' && isSid('conversation', sid)))]
}

export const startRoutes = [
  upstreamRoute('POST', startPaths.start, start),
  upstreamRoute('POST', startPaths.conversations, conversations),
  upstreamRoute('POST', startPaths.rosters, rosters),
  upstreamRoute('POST', startPaths.resume, resume),
]
