import { type Static, Type } from '@sinclair/typebox'
import { ContentTypes } from '../content.ts'
import { DateTime, Links, nullable, SidOf, Url } from './values.ts'

const Variables = Type.Record(Type.String(), Type.String())
const Types = Type.Unsafe<ContentTypes>(ContentTypes)

/** A content template (rest-api §6.3). */
export const ContentTemplateResource = Type.Object({
  sid: SidOf('contentTemplate'),
  account_sid: SidOf('account'),
  friendly_name: nullable(Type.String()),
  language: Type.String(),
  variables: Variables,
  types: Types,
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
  links: Links('approval_create', 'approval_fetch'),
})
export type ContentTemplateResource = Static<typeof ContentTemplateResource>

/** What a message would be that is made from a template. */
export const ContentPreviewResource = Type.Object({
  content_sid: SidOf('contentTemplate'),
  body: nullable(Type.String({ description: 'What the message says in plain words' })),
  type: Type.String({ description: 'The form that apps show' }),
  types: Types,
  missing_variables: Type.Array(Type.String(), { description: 'Gaps that nothing fills; a message with them is refused' }),
  unused_variables: Type.Array(Type.String(), { description: 'Values that no gap takes' }),
})
export type ContentPreviewResource = Static<typeof ContentPreviewResource>
