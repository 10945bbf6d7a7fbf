import type { ContentPreviewResource, ContentTemplateResource, ContentTypes } from '@parley/protocol'
import type { FilledContent } from '../../domain/content/fill-template.ts'
import type { ContentTemplateRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toContentTemplate(row: ContentTemplateRow, { root }: Scope): ContentTemplateResource {
  const url = `${root}/Content/${row.sid}`
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    language: row.language,
    variables: JSON.parse(row.variables) as Record<string, string>,
    types: JSON.parse(row.types) as ContentTypes,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url,
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  }
}

export const toContentPreview = ({
  content_sid,
  body,
  type,
  types,
  missing_variables,
  unused_variables,
}: FilledContent): ContentPreviewResource => ({ content_sid, body, type, types, missing_variables, unused_variables })
