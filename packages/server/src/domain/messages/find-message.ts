import { type ChannelMetadata, canonicalSid, ParleyError } from '@parley/protocol'
import type { MessageRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'

/** A message of a conversation, for somebody who may see what is in there. @throws 50500 */
export async function getMessage(ctx: Context, conversation_sid: string, message_sid: string): Promise<MessageRow> {
  const message = await ctx.store.read.messages.find(conversation_sid, canonicalSid(message_sid))
  if (!message) throw new ParleyError('message-not-found')
  return message
}

/** What the channel of a message says beyond its text. @throws 50530 for a message of which nothing is known */
export function channelMetadataOf({ channel_metadata }: MessageRow): ChannelMetadata {
  if (channel_metadata === null) throw new ParleyError('channel-metadata-missing')
  return JSON.parse(channel_metadata) as ChannelMetadata
}
