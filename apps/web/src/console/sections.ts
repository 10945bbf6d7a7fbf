import {
  AtSign,
  BellRing,
  ChartLine,
  History,
  KeyRound,
  KeySquare,
  Layers,
  LayoutDashboard,
  ListTodo,
  MessagesSquare,
  PlugZap,
  Settings2,
  ShieldCheck,
  SlidersHorizontal,
  Smartphone,
  Users,
  Webhook,
} from 'lucide-react'
import { AddressList } from './addresses/address-list.tsx'
import { BindingList } from './bindings/binding-list.tsx'
import { Connection } from './connections/connection.tsx'
import { ConnectionList } from './connections/connection-list.tsx'
import { Conversation } from './conversations/conversation.tsx'
import { ConversationList } from './conversations/conversation-list.tsx'
import { Delivery } from './deliveries/delivery.tsx'
import { DeliveryList } from './deliveries/delivery-list.tsx'
import { page, type Section } from './frame/section.ts'
import { Job } from './jobs/job.tsx'
import { JobList } from './jobs/job-list.tsx'
import { KeyList } from './keys/key-list.tsx'
import { Metrics } from './metrics/metrics.tsx'
import { Overview } from './overview/overview.tsx'
import { PushList } from './pushes/push-list.tsx'
import { Role } from './roles/role.tsx'
import { RoleList } from './roles/role-list.tsx'
import { ServiceConfiguration } from './services/configuration.tsx'
import { ServiceList } from './services/service-list.tsx'
import { Settings } from './settings/settings.tsx'
import { texts } from './texts/texts.ts'
import { TokenChecker } from './token-checker/token-checker.tsx'
import { User } from './users/user.tsx'
import { UserList } from './users/user-list.tsx'
import { AccountWebhooks, ServiceWebhooks } from './webhooks/webhook-configuration.tsx'

const service = '/services/:service' as const

/** All that the console has, in the order of its navigation. */
export const sections: readonly Section[] = [
  { label: texts.overview.title, icon: LayoutDashboard, group: 'account', pages: [page('', Overview)] },
  { label: texts.services.title, icon: Layers, group: 'account', pages: [page('/services', ServiceList)] },
  { label: texts.keys.title, icon: KeyRound, group: 'account', pages: [page('/keys', KeyList)] },
  { label: texts.addresses.title, icon: AtSign, group: 'account', pages: [page('/addresses', AddressList)] },
  { label: texts.webhooks.accountTitle, icon: Webhook, group: 'account', pages: [page('/webhooks', AccountWebhooks)] },
  { label: texts.jobs.title, icon: ListTodo, group: 'account', pages: [page('/jobs', JobList), page('/jobs/:sid', Job)] },
  {
    label: texts.conversations.title,
    icon: MessagesSquare,
    group: 'service',
    pages: [
      page(`${service}/conversations`, ConversationList),
      page(`${service}/conversations/:sid`, Conversation),
      page(`${service}/conversations/:sid/:tab`, Conversation),
    ],
  },
  {
    label: texts.users.title,
    icon: Users,
    group: 'service',
    pages: [page(`${service}/users`, UserList), page(`${service}/users/:sid`, User)],
  },
  {
    label: texts.roles.title,
    icon: ShieldCheck,
    group: 'service',
    pages: [page(`${service}/roles`, RoleList), page(`${service}/roles/:sid`, Role)],
  },
  { label: texts.webhooks.title, icon: Webhook, group: 'service', pages: [page(`${service}/webhooks`, ServiceWebhooks)] },
  {
    label: texts.deliveries.title,
    icon: History,
    group: 'service',
    pages: [page(`${service}/deliveries`, DeliveryList), page(`${service}/deliveries/:sid`, Delivery)],
  },
  { label: texts.bindings.title, icon: Smartphone, group: 'service', pages: [page(`${service}/bindings`, BindingList)] },
  { label: texts.pushes.title, icon: BellRing, group: 'service', pages: [page(`${service}/pushes`, PushList)] },
  {
    label: texts.configuration.title,
    icon: SlidersHorizontal,
    group: 'service',
    pages: [page(`${service}/configuration`, ServiceConfiguration)],
  },
  {
    label: texts.connections.title,
    icon: PlugZap,
    group: 'server',
    pages: [page('/connections', ConnectionList), page('/connections/:sid', Connection)],
  },
  { label: texts.metrics.title, icon: ChartLine, group: 'server', pages: [page('/metrics', Metrics)] },
  { label: texts.tokens.title, icon: KeySquare, group: 'server', pages: [page('/token-checker', TokenChecker)] },
  { label: texts.settings.title, icon: Settings2, group: 'server', pages: [page('/settings', Settings)] },
]
