import {
  ContentPreviewResource,
  ContentTemplateResource,
  CreateContentTemplate,
  contentOfHelper,
  PreviewContent,
  UpdateContentTemplate,
} from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import {
  createContentTemplate,
  getContentTemplate,
  removeContentTemplate,
  updateContentTemplate,
} from '../domain/content/change-templates.ts'
import { fillTemplate } from '../domain/content/fill-template.ts'
import type { Context } from '../domain/context.ts'
import { toContentPreview, toContentTemplate } from './resources/content.ts'
import { asking, byPut, changing, creating, fetching, inJson, listing, ofAccount, removing } from './routes.ts'

const list = '/Content'
const one = '/Content/:content'

/** Content templates of the account (rest-api §6.3): their bodies are JSON. A look at a filled one is an extension of ours. */
export const contentRoutes = (ctx: Context) => {
  const { read } = ctx.store

  return ofAccount(
    listing(list, {
      params: Type.Object({}),
      key: 'contents',
      item: ContentTemplateResource,
      largest: 100,
      page: ({ account }, request) => read.contentTemplates.page(account.sid, request),
      present: (row, { scope }) => toContentTemplate(row, scope),
    }),

    inJson(
      creating(list, CreateContentTemplate, ContentTemplateResource, async ({ account, scope, params }) =>
        toContentTemplate(await createContentTemplate(ctx, account.sid, params), scope),
      ),
      contentOfHelper,
    ),

    fetching(one, ContentTemplateResource, async ({ account, scope, path }) =>
      toContentTemplate(await getContentTemplate(read, account.sid, path.content), scope),
    ),

    byPut(
      inJson(
        changing(one, UpdateContentTemplate, ContentTemplateResource, async ({ account, scope, path, params }) =>
          toContentTemplate(await updateContentTemplate(ctx, account.sid, path.content, params), scope),
        ),
        contentOfHelper,
      ),
    ),

    removing(one, ({ account, path }) => removeContentTemplate(ctx, account.sid, path.content)),

    inJson(
      asking(`${one}/Preview`, PreviewContent, ContentPreviewResource, async ({ account, path, params }) =>
        toContentPreview(fillTemplate(await getContentTemplate(read, account.sid, path.content), params.content_variables ?? {})),
      ),
    ),
  )
}
