import { canonicalSid, limitExceeded, numberActions, ParleyError, richContentType, type SendMessage } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { uploadMedia } from '../media/upload-media.ts'
import { type FilledContent, fillTemplate } from './fill-template.ts'

/** What a message says that is made from a template. */
export interface MessageContent {
  content_sid: string
  body: string | null
  /** The media that holds the filled form, as client SDKs read it (wire-protocol §5.8). */
  media_sid: string
}

/**
 * Fills the template that a message names.
 * @throws 50526 for a template that is not there, 50527 when a gap stays open, 50504 when the text becomes too long
 */
export async function fillForMessage(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  { content_sid = '', content_variables = {} }: Pick<SendMessage, 'content_sid' | 'content_variables'>,
): Promise<FilledContent> {
  const { account_sid } = await placeOf(ctx, actor, conversation_sid)
  const template = await ctx.store.read.contentTemplates.find(content_sid)
  if (template?.account_sid !== account_sid) throw new ParleyError('content-sid-invalid', { details: { content_sid } })
  const filled = fillTemplate(template, content_variables)
  assertWhole(filled)
  const { messageBodyBytes } = ctx.limits
  if (filled.body !== null && Buffer.byteLength(filled.body) > messageBodyBytes)
    throw limitExceeded('body-too-long', 'messageBodyBytes', messageBodyBytes, 'content_variables')
  return filled
}

/**
 * Keeps what came out: it stays with the message, whatever becomes of the template. What is kept for a message that is refused afterwards is
 * collected as any file that was never sent.
 */
export async function contentOfMessage(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  filled: FilledContent,
): Promise<MessageContent> {
  const { account_sid, chat_service_sid } = await placeOf(ctx, actor, conversation_sid)
  const media = await uploadMedia(
    ctx,
    actor.kind === 'user' ? actor : { kind: 'account', account_sid, webhooks: false },
    chat_service_sid,
    {
      category: 'body',
      filename: null,
      content_type: richContentType(filled.type),
      is_multipart_upstream: false,
      content: [Buffer.from(JSON.stringify({ data: numberActions(filled.types[filled.type] ?? {}) }))],
    },
  )
  return { content_sid: filled.content_sid, body: filled.body, media_sid: media.sid }
}

async function placeOf(ctx: Context, actor: Actor, conversation_sid: string): Promise<ConversationRow> {
  const conversation = await ctx.store.read.conversations.find(canonicalSid(conversation_sid))
  if (!conversation || (actor.kind === 'user' && conversation.chat_service_sid !== actor.chat_service_sid))
    throw new ParleyError('conversation-not-found')
  return conversation
}

function assertWhole({ missing_variables: [missing] }: FilledContent): void {
  if (missing === undefined) return
  throw new ParleyError('content-variables-invalid', {
    text: `Invalid content variables format: ${missing} has neither a value nor a default`,
    details: { field: 'content_variables', variable: missing.slice(0, 80) },
  })
}
