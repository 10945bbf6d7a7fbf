import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, type Log, type RunningServer, readSettings, startServer } from '@parley/server'
import twilio from 'twilio'
import { inject } from 'vitest'
import { dataParent } from './data-parent.ts'
import { freshDatabase } from './fresh-database.ts'
import { checkingClient } from './helper-client.ts'

/** The databases that every promise is kept on. */
export const databases = ['sqlite', 'postgres'] as const
export type Database = (typeof databases)[number]

export interface ParleyOptions {
  database?: Database
  /** More settings, by their names in the environment. */
  settings?: Record<string, string>
  /** Who hears what the server says to its operator; errors go to the standard error output when absent. */
  log?: Log
}

const testLogLevel = process.env['PARLEY_TEST_LOG'] === 'debug' ? 'debug' : 'error'

/** A server of a test's own, with an empty database; it leaves nothing behind. */
export interface Parley extends AsyncDisposable {
  url: string
  /** Where client SDKs connect. */
  socketUrl: string
  credentials: RunningServer['credentials']
  clock: RunningServer['clock']
  pacing: RunningServer['pacing']
  routes: RunningServer['routes']
  /** The official helper library, signed in with the account's auth token. */
  rest: ReturnType<typeof twilio>
  /** The conversations API of the helper library. */
  conversations: ReturnType<typeof twilio>['conversations']['v1']
  /** An access token made by the official helper library. */
  token(identity: string, options?: { ttl?: number; service_sid?: string; key?: { sid: string; secret: string } }): string
  /** Ends the server and starts it again on the same port and data. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startParley({
  database = 'sqlite',
  settings = {},
  log = createLog({ level: testLogLevel }),
}: ParleyOptions = {}): Promise<Parley> {
  const folder = mkdtempSync(join(dataParent, 'parley-spec-'))
  const postgres = database === 'postgres' ? await freshDatabase(inject('postgresUrl')) : undefined
  const environment: Record<string, string> = {
    PARLEY_PORT: '0',
    PARLEY_MODE: 'development',
    // Whether they are built is no matter to most tests.
    PARLEY_PAGES: 'none',
    PARLEY_DATA_DIR: folder,
    ...(postgres ? { PARLEY_DATABASE_URL: postgres.url } : {}),
    ...settings,
  }
  const surroundings = { callingThread: new URL(inject('callingThread')) }
  let server = await startServer(readSettings(environment), log, surroundings)
  const { credentials, url } = server
  const firstKey = { sid: credentials.api_key_sid, secret: credentials.api_key_secret }
  const rest = twilio(credentials.account_sid, credentials.auth_token, { httpClient: checkingClient() })
  rest.conversations.baseUrl = url
  rest.api.baseUrl = url

  const close = async () => {
    await server.close()
    await postgres?.drop()
    rmSync(folder, { recursive: true, force: true })
  }

  return {
    url,
    socketUrl: `${url.replace(/^http/, 'ws')}/v3/wsconnect`,
    credentials,
    get clock() {
      return server.clock
    },
    get pacing() {
      return server.pacing
    },
    get routes() {
      return server.routes
    },
    rest,
    conversations: rest.conversations.v1,
    token(identity, { ttl = 3_600, service_sid = credentials.service_sid, key = firstKey } = {}) {
      const { AccessToken } = twilio.jwt
      const token = new AccessToken(credentials.account_sid, key.sid, key.secret, { identity, ttl })
      token.addGrant(new AccessToken.ChatGrant({ serviceSid: service_sid }))
      return token.toJwt()
    },
    async restart() {
      await server.close()
      server = await startServer(readSettings({ ...environment, PARLEY_PORT: new URL(url).port }), log, surroundings)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
