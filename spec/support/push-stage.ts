import type { Parley } from './parley.ts'
import { RawClient } from './raw-client.ts'
import { ask, helper } from './rest.ts'
import { eventually } from './until.ts'

/** A line of the push log, as REST tells it. */
export interface LoggedPush {
  sid: string
  identity: string
  message_type: string
  state: string
  reason: string | null
  attempts: number
  provider_status: number | null
  provider_answer: string | null
  payload: string | null
}

/** What it takes to put people with devices into conversations, for tests of pushes. */
export function pushStage(parley: () => Parley) {
  let names = 0
  const name = (prefix: string) => `${prefix}-${++names}`
  const service = () => `/v1/Services/${parley().credentials.service_sid}`
  const api = () => helper(parley()).conversations.v1

  const explain = async (identity: string, message_sid?: string) =>
    (await ask(parley(), `${service()}/Pushes/Explanation?Identity=${identity}${message_sid ? `&MessageSid=${message_sid}` : ''}`)).json

  const isOnline = async (identity: string): Promise<boolean> => JSON.stringify((await explain(identity)).bindings).includes('"online"')

  /** A device of somebody, over a connection that stays. */
  async function connect(identity: string, body: object): Promise<RawClient> {
    const client = await RawClient.start(parley().socketUrl, parley().token(identity, { ttl: 80_000 }))
    const { status } = await client.post('/v1/registrations', body)
    if (status !== 201) throw new Error(`The device of ${identity} was not registered: ${status}`)
    return client
  }

  const offline = (identity: string) => eventually(`the end of ${identity}`, async () => ((await isOnline(identity)) ? undefined : true))

  return {
    name,
    service,
    api,
    explain,
    connect,
    offline,

    /** A device of somebody who has put it away. @returns its token */
    async device(identity: string, channel_type = 'fcm', more: object = {}): Promise<string> {
      const token = name(`${channel_type}-of-${identity}`)
      const client = await connect(identity, { channel_type, data: { registration_id: token }, ...more })
      await client.close()
      await offline(identity)
      return token
    },

    /** A conversation with these people. */
    async conversation(...identities: string[]) {
      const { sid } = await api().conversations.create({ friendlyName: name('Talk') })
      for (const identity of identities) await api().conversations(sid).participants.create({ identity })
      return sid
    },

    say: (conversation: string, author: string, body: string) => api().conversations(conversation).messages.create({ author, body }),

    configure: (form: Record<string, string>) => ask(parley(), `${service()}/Configuration/Notifications`, { form }),

    async pushes(identity: string): Promise<LoggedPush[]> {
      return (await ask(parley(), `${service()}/Pushes?Identity=${identity}`)).json.pushes
    },

    /** The last push to somebody, once it is so. */
    async logged(identity: string, fits: (push: LoggedPush) => boolean): Promise<LoggedPush> {
      return eventually(`a push to ${identity} in the log`, async () => {
        const [last] = (await ask(parley(), `${service()}/Pushes?Identity=${identity}`)).json.pushes as LoggedPush[]
        return last && fits(last) ? last : undefined
      })
    },
  }
}

/** Switches pushes of messages on. */
export const messages = { 'NewMessage.Enabled': 'true', 'NewMessage.WithMedia.Enabled': 'true' }

/** Switches pushes about coming and going on or off. */
export const memberships = (enabled: boolean) => ({
  'AddedToConversation.Enabled': String(enabled),
  'RemovedFromConversation.Enabled': String(enabled),
})

/** All that can be pushed. */
export const everything = { ...messages, ...memberships(true) }
