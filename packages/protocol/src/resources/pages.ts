import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { nullable, Url } from './values.ts'

/** Where a page stands in its list. All seven members are always there: helper libraries read them without asking (rest-api §1.9). */
export const PageMeta = Type.Object({
  page: Type.Integer(),
  page_size: Type.Integer(),
  first_page_url: Url,
  previous_page_url: nullable(Url),
  url: Url,
  next_page_url: nullable(Url),
  key: Type.String({ description: 'The member of the answer that holds the resources' }),
})
export type PageMeta = Static<typeof PageMeta>

/** A page of a list: the resources under `key`, and `meta`. */
export const PageOf = (key: string, resource: TSchema) => Type.Object({ [key]: Type.Array(resource), meta: PageMeta })
