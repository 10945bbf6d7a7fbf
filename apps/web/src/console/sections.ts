import { Layers, LayoutDashboard } from 'lucide-react'
import { page, type Section } from './frame/section.ts'
import { Overview } from './overview/overview.tsx'
import { ServiceList } from './services/service-list.tsx'
import { texts } from './texts/texts.ts'

const { sections: labels } = texts

/** All that the console has, in the order of its navigation. */
export const sections: readonly Section[] = [
  { label: labels.overview, icon: LayoutDashboard, group: 'account', pages: [page('', Overview)] },
  { label: labels.services, icon: Layers, group: 'account', pages: [page('/services', ServiceList)] },
]
