import type { ContentTypes } from '@parley/protocol'
import { isoInstant as iso, numberActions } from '@parley/protocol'
import type { ContentTemplateRow } from '../../storage/schema.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { bySidOf, pageMeta, pageRequest } from './paging.ts'

/** The templates of the account, which all its users may send from (wire-protocol §5.8). */
async function templates({ ctx, session, query }: Command) {
  const request = pageRequest(query, bySidOf('contentTemplate'))
  const page = await ctx.store.read.contentTemplates.page(session.actor.account_sid, request)
  return { templates: page.rows.map(templateResource), meta: pageMeta(page, request) }
}

function templateResource(row: ContentTemplateRow) {
  const variants = Object.entries(JSON.parse(row.types) as ContentTypes).map(([type, form]) => [type, numberActions(form)])
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name ?? '',
    // Text, other than in REST.
    variables: row.variables,
    variants: Object.fromEntries(variants),
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
  }
}

export const contentTemplateRoutes = [upstreamRoute('GET', '/Client/v2/ContentTemplates', templates)]
