import { Page } from '../parts/page.tsx'
import { texts } from '../texts/texts.ts'

/** What there is at a glance. */
export const Overview = () => <Page title={texts.overview.title}>{null}</Page>
