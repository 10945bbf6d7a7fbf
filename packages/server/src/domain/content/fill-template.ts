import { type ContentType, type ContentTypes, fillGaps, gapsIn, plainWords, richestIn } from '@parley/protocol'
import type { ContentTemplateRow } from '../../storage/schema.ts'

/** A template with its gaps filled. */
export interface FilledContent {
  content_sid: string
  /** In plain words. */
  body: string | null
  /** The form that says most. */
  type: ContentType
  types: ContentTypes
  /** Gaps that nothing fills. */
  missing_variables: string[]
  /** Values that no gap takes. */
  unused_variables: string[]
}

/** Fills a template: with the values given, and with its own where none is. */
export function fillTemplate(template: ContentTemplateRow, given: Readonly<Record<string, string>>): FilledContent {
  const own = JSON.parse(template.variables) as Record<string, string>
  const values = new Map([...Object.entries(own), ...Object.entries(given)])
  const forms = JSON.parse(template.types) as ContentTypes
  const gaps = gapsIn(forms)
  const types = fillGaps(forms, values)
  return {
    content_sid: template.sid,
    body: plainWords(types),
    type: richestIn(types),
    types,
    missing_variables: gaps.filter((name) => !values.has(name)),
    unused_variables: Object.keys(given).filter((name) => !gaps.includes(name)),
  }
}
