import { root } from './address.ts'

const inService = (service: string) => `${root}/services/${service}`
const conversation = (service: string, sid: string) => `${inService(service)}/conversations/${sid}`

/** Where everything is shown. */
export const paths = {
  overview: root,
  services: `${root}/services`,
  keys: `${root}/keys`,
  webhooks: `${root}/webhooks`,
  addresses: `${root}/addresses`,
  jobs: `${root}/jobs`,
  connections: `${root}/connections`,
  connection: (sid: string) => `${root}/connections/${sid}`,
  job: (sid: string) => `${root}/jobs/${sid}`,
  conversations: (service: string) => `${inService(service)}/conversations`,
  conversation,
  users: (service: string) => `${inService(service)}/users`,
  user: (service: string, sid: string) => `${inService(service)}/users/${encodeURIComponent(sid)}`,
  roles: (service: string) => `${inService(service)}/roles`,
  role: (service: string, sid: string) => `${inService(service)}/roles/${sid}`,
  serviceWebhooks: (service: string) => `${inService(service)}/webhooks`,
  deliveries: (service: string) => `${inService(service)}/deliveries`,
  delivery: (service: string, sid: string) => `${inService(service)}/deliveries/${sid}`,
  bindings: (service: string) => `${inService(service)}/bindings`,
  pushes: (service: string) => `${inService(service)}/pushes`,
  configuration: (service: string) => `${inService(service)}/configuration`,
}
