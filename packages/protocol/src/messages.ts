import { type Static, Type } from '@sinclair/typebox'
import { ChannelMetadataField, RecipientsField } from './channel-details.ts'
import { contentVariables } from './content.ts'
import { clearableText, instant, jsonText, listOf, sid, text, word } from './fields.ts'

const dates = {
  date_created: Type.Optional(instant('date-created-invalid')),
  date_updated: Type.Optional(instant('date-updated-invalid')),
}
const author = Type.Optional(clearableText({ limit: 'authorLength', tooLong: 'author-too-long' }))
const body = Type.Optional(text({ limit: 'messageBodyBytes', tooLong: 'body-too-long' }))
const subject = Type.Optional(clearableText({ limit: 'subjectLength' }))
const attributes = Type.Optional(jsonText('messageAttributesBytes'))

/** For channels; extensions of Parley, for accounts alone. */
const channelDetails = {
  channel_metadata: Type.Optional(ChannelMetadataField),
  recipient: Type.Optional(RecipientsField),
}

/** Parameters of sending a message (rest-api §3.3). */
export const SendMessage = Type.Object({
  author,
  body,
  subject,
  attributes,
  media_sid: Type.Optional(listOf(sid('media', 'media-sid-invalid'))),
  media_sids: Type.Optional(listOf(sid('media', 'media-sid-invalid'))),
  content_sid: Type.Optional(sid('contentTemplate', 'content-sid-invalid')),
  content_variables: Type.Optional(contentVariables),
  ...channelDetails,
  ...dates,
})
export type SendMessage = Static<typeof SendMessage>

/** Parameters of changing a message: absent means unchanged. */
export const UpdateMessage = Type.Object({ author, body, subject, attributes, ...channelDetails, ...dates })
export type UpdateMessage = Static<typeof UpdateMessage>

export const sortOrders = ['asc', 'desc'] as const
export type SortOrder = (typeof sortOrders)[number]

/** Order of the list of messages, by index. */
export const ListMessages = Type.Object({ order: Type.Optional(word(sortOrders)) })
export type ListMessages = Static<typeof ListMessages>
