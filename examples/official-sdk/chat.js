// Chat on a terminal with the official client SDK. One option points it at Parley; everything else is as it always was.
import { createInterface } from 'node:readline'
import { Client } from '@twilio/conversations'

const { PARLEY_URL = 'http://127.0.0.1:8480' } = process.env
const [identity = 'alice', peer = 'bob'] = process.argv.slice(2)

/** Development mode hands out tokens; elsewhere a server of yours does. */
async function fetchToken() {
  const response = await fetch(`${PARLEY_URL}/token?identity=${encodeURIComponent(identity)}`)
  if (!response.ok) throw new Error(`No token: ${response.status}`)
  return (await response.json()).token
}

const client = new Client(await fetchToken(), { Twilsock: { uri: `${PARLEY_URL.replace(/^http/, 'ws')}/v3/wsconnect` } })
client.on('tokenAboutToExpire', async () => client.updateToken(await fetchToken()))
await new Promise((resolve, reject) => {
  client.on('initialized', resolve)
  client.on('initFailed', ({ error }) => reject(new Error(error?.message)))
})

/** The conversation with the other one: whoever comes first makes it, and both take part. */
async function openConversation() {
  const uniqueName = [identity, peer].sort().join(' and ')
  const there = await client.getConversationByUniqueName(uniqueName).catch(() => undefined)
  if (there) return there
  const conversation = await client.createConversation({ uniqueName, friendlyName: uniqueName })
  await conversation.join()
  await conversation.add(peer)
  return conversation
}

const conversation = await openConversation()
const show = ({ author, body }) => console.log(`${author}: ${body}`)
const { items } = await conversation.getMessages(10)
items.forEach(show)
conversation.on('messageAdded', show)
console.log(`${identity} talks to ${peer}: type, and press Enter; Ctrl-D ends it.`)

for await (const line of createInterface({ input: process.stdin })) if (line !== '') await conversation.sendMessage(line)
await client.shutdown()
// The SDK leaves timers behind, which would keep the process.
process.exit()
