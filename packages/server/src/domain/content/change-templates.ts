import { type CreateContentTemplate, canonicalSid, ParleyError, type UpdateContentTemplate } from '@parley/protocol'
import type { ContentTemplateRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'

/** A template of an account. @throws 20404 */
export async function getContentTemplate(
  read: Pick<Readers, 'contentTemplates'>,
  account_sid: string,
  sid: string,
): Promise<ContentTemplateRow> {
  const template = await read.contentTemplates.find(canonicalSid(sid))
  if (template?.account_sid !== account_sid) throw new ParleyError('resource-not-found')
  return template
}

/** Makes a template. */
export function createContentTemplate(ctx: Context, account_sid: string, params: CreateContentTemplate): Promise<ContentTemplateRow> {
  const now = ctx.clock.now()
  const template: ContentTemplateRow = {
    sid: ctx.ids.sid('contentTemplate'),
    account_sid,
    friendly_name: params.friendly_name ?? null,
    language: params.language,
    variables: JSON.stringify(params.variables ?? {}),
    types: JSON.stringify(params.types),
    date_created: now,
    date_updated: now,
  }
  return ctx.store.write(async (tx) => {
    await tx.contentTemplates.insert(template)
    return template
  })
}

/** Changes a template; messages that were made from it stay as they are. */
export function updateContentTemplate(
  ctx: Context,
  account_sid: string,
  sid: string,
  { friendly_name, language, variables, types }: UpdateContentTemplate,
): Promise<ContentTemplateRow> {
  return ctx.store.write(async (tx) => {
    const before = await getContentTemplate(tx, account_sid, sid)
    const after: ContentTemplateRow = {
      ...before,
      friendly_name: friendly_name === undefined ? before.friendly_name : friendly_name,
      language: language ?? before.language,
      variables: variables === undefined ? before.variables : JSON.stringify(variables),
      types: JSON.stringify(types),
    }
    if (sameValues(before, after)) return before
    const changed = { ...after, date_updated: ctx.clock.now() }
    await tx.contentTemplates.save(changed)
    return changed
  })
}

/** Takes a template away; messages that were made from it keep what they say. @throws 20404 */
export async function removeContentTemplate(ctx: Context, account_sid: string, sid: string): Promise<void> {
  const removed = await ctx.store.write((tx) => tx.contentTemplates.remove(account_sid, canonicalSid(sid)))
  if (!removed) throw new ParleyError('resource-not-found')
}
