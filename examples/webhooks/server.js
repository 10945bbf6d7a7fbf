import express from 'express'
import twilio from 'twilio'

const { PARLEY_URL = 'http://127.0.0.1:8480', PARLEY_ACCOUNT_SID, PARLEY_AUTH_TOKEN, PUBLIC_URL, PORT = '3002' } = process.env
for (const [name, value] of Object.entries({ PARLEY_ACCOUNT_SID, PARLEY_AUTH_TOKEN }))
  if (!value) {
    console.error(`${name} is missing: the first start of Parley prints it`)
    process.exit(1)
  }

const client = twilio(PARLEY_ACCOUNT_SID, PARLEY_AUTH_TOKEN)
client.conversations.baseUrl = PARLEY_URL

const app = express()
app.use(express.urlencoded({ extended: false }))

/** Only who has the auth token can sign so. The URL has to be the one that was configured: behind a proxy, `PUBLIC_URL` says how it begins. */
app.use((request, response, next) => {
  const url = (PUBLIC_URL ?? `${request.protocol}://${request.get('host')}`) + request.originalUrl
  const signature = request.get('x-twilio-signature') ?? ''
  const signed = request.method === 'GET' ? {} : request.body
  if (twilio.validateRequest(PARLEY_AUTH_TOKEN, signature, url, signed ?? {})) next()
  else response.status(403).send('This was not signed with our auth token')
})

/** Before an action: what is answered here changes or refuses it. The answer is waited for, so it comes at once. */
app.post('/before', (request, response) => {
  const { EventType, Body = '' } = request.body
  if (EventType !== 'onMessageAdd') return response.json({})
  if (/\bspam\b/i.test(Body)) return response.status(403).send('No advertising, please')
  const clean = Body.replace(/\bdarn\b/gi, '****')
  return response.json(clean === Body ? {} : { body: clean })
})

/** After an action. Each webhook comes at least once, and this remembers those that were dealt with; an app of yours keeps them in its database. */
const seen = new Set()

app.post('/chat', async (request, response) => {
  const token = request.get('i-twilio-idempotency-token')
  const { EventType, ConversationSid } = request.body
  if (EventType === 'onConversationAdded' && !seen.has(token)) {
    try {
      await client.conversations.v1.conversations(ConversationSid).participants.create({ identity: 'agent' })
    } catch (error) {
      // 409 and 400 say that the agent is there, or the conversation has gone; anything else is tried again when Parley calls again.
      if (!(error.status >= 400 && error.status < 500)) return response.sendStatus(503)
    }
    seen.add(token)
  }
  return response.sendStatus(204)
})

/** What became of messages that went out by a channel. */
app.post('/outbound-status', (request, response) => {
  const { MessageSid, ParticipantSid, Status } = request.body
  console.log(`${MessageSid} for ${ParticipantSid}: ${Status}`)
  response.sendStatus(204)
})

const server = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`Webhooks at http://127.0.0.1:${server.address().port}`)
})
