import type { LucideIcon } from 'lucide-react'
import type { ComponentType } from 'react'
import { type PathParts, partsOf } from '../address.ts'

/** A pattern of addresses, and what is shown there. */
export interface PageAt {
  pattern: string
  Page: ComponentType<Record<string, string>>
}

/** What is shown at addresses below `/console`. The named parts of the pattern are its properties. */
export const page = <P extends string>(pattern: P, Page: ComponentType<PathParts<P>>): PageAt => ({
  pattern,
  Page: Page as ComponentType<Record<string, string>>,
})

/** A part of the console with a place in the navigation; its first page is where the navigation leads. */
export interface Section {
  label: string
  icon: LucideIcon
  /** Of one service, of the whole account, or of the server. */
  group: 'service' | 'account' | 'server'
  pages: readonly [PageAt, ...PageAt[]]
}

/** The page at an address, and its section. */
export function pageAt(sections: readonly Section[], path: string) {
  for (const section of sections)
    for (const { pattern, Page } of section.pages) {
      const parts = partsOf(pattern, path)
      if (parts) return { section, Page, parts: parts as Record<string, string> }
    }
  return null
}
