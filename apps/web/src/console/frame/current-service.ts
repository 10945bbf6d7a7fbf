import type { ConfigurationResource, ServiceResource } from '@parley/protocol'
import { create } from 'zustand'
import { useAddress } from '../address.ts'
import { read } from '../rest/rest.ts'
import { useSession } from '../session/session.ts'

interface Services {
  /** The first hundred of the account. */
  services: readonly ServiceResource[]
  /** The account's default. */
  usual: string | null
  /** The one looked at last. */
  last: string | null
}

const nothing: Services = { services: [], usual: null, last: null }

export const useServices = create<Services>(() => nothing)

/** Asks for the account's services, when somebody comes in and after they have changed. */
export async function loadServices(): Promise<void> {
  const [{ services }, { default_chat_service_sid }] = await Promise.all([
    read<{ services: ServiceResource[] }>('/v1/Services?PageSize=100'),
    read<ConfigurationResource>('/v1/Configuration'),
  ])
  useServices.setState({ services, usual: default_chat_service_sid })
}

// What one account has is nothing to the next who signs in.
useSession.subscribe(({ phase }) => phase === 'out' && useServices.setState(nothing))

const inPath = (path: string) => /^\/services\/(IS[0-9a-f]{32})(?:\/|$)/i.exec(path)?.[1] ?? null

/** The service that the pages of services are about: that of the address, else the one looked at last, else the account's default. */
export function useCurrentService(): string | null {
  const { path } = useAddress()
  const { last, usual } = useServices()
  return inPath(path) ?? last ?? usual
}

useAddress.subscribe(({ path }) => {
  const last = inPath(path)
  if (last) useServices.setState({ last })
})

/** What a service is called, as far as that is known. */
export const useServiceName = (sid: string): string =>
  useServices(({ services }) => services.find((service) => service.sid === sid)?.friendly_name ?? sid)
