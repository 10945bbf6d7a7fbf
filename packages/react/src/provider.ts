import type { Client } from '@parley/client'
import { createContext, createElement, type ReactNode, useContext } from 'react'

const ClientContext = createContext<Client | null>(null)

export interface ConversationsProviderProps {
  /** Made, and shut down, by the app. */
  client: Client | null
  children?: ReactNode
}

/** Gives a client to the hooks below it. Without one, they wait. */
export function ConversationsProvider({ client, children }: ConversationsProviderProps) {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/** The client of the nearest provider. */
export const useClient = (): Client | null => useContext(ClientContext)
