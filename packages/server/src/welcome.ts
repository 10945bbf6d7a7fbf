import type { Settings } from './base/config.ts'
import type { RunningServer } from './server.ts'

/** What the terminal shows when the server serves: in development mode how to sign in, always the line that scripts wait for. */
export async function welcome(server: RunningServer, settings: Settings): Promise<string> {
  const ready = `Parley is ready on ${server.url}\n`
  if (settings.mode === 'development') return `${await signIn(server, settings)}\n${ready}`
  return server.firstStart ? `${credentials(server)}\n${ready}` : ready
}

function credentials({ credentials: names }: RunningServer): string {
  return [
    `Account SID  ${names.account_sid}`,
    `Auth token   ${names.auth_token}`,
    `API key      ${names.api_key_sid}`,
    `API secret   ${names.api_key_secret}`,
    `Service SID  ${names.service_sid}`,
    '',
  ].join('\n')
}

async function signIn(server: RunningServer, { pages }: Settings): Promise<string> {
  const socket = `${server.url.replace(/^http/, 'ws')}/v3/wsconnect`
  return [
    credentials(server),
    `Token for alice  ${await server.token('alice')}`,
    `Token for bob    ${await server.token('bob')}`,
    ...(pages.has('console') ? [`Console          ${server.url}/console`] : []),
    `More tokens      curl '${server.url}/token?identity=carol'`,
    '',
    `  const { Client } = require('@twilio/conversations')`,
    `  const client = new Client(token, { Twilsock: { uri: '${socket}' } })`,
    '',
  ].join('\n')
}
