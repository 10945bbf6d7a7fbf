import express from 'express'
import twilio from 'twilio'

const { PARLEY_ACCOUNT_SID, PARLEY_API_KEY_SID, PARLEY_API_KEY_SECRET, PARLEY_SERVICE_SID, PORT = '3001', ALLOWED_ORIGIN } = process.env
for (const [name, value] of Object.entries({ PARLEY_ACCOUNT_SID, PARLEY_API_KEY_SID, PARLEY_API_KEY_SECRET, PARLEY_SERVICE_SID }))
  if (!value) {
    console.error(`${name} is missing: \`parley dev\` prints it`)
    process.exit(1)
  }

/** A token with which this person connects, for an hour. It is made here, with the API key: nobody is asked. */
function tokenFor(identity) {
  const { AccessToken } = twilio.jwt
  const token = new AccessToken(PARLEY_ACCOUNT_SID, PARLEY_API_KEY_SID, PARLEY_API_KEY_SECRET, { identity, ttl: 3600 })
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: PARLEY_SERVICE_SID }))
  return token.toJwt()
}

const app = express()

// Pages of another origin may ask only when they are named.
app.use((_, response, next) => {
  if (ALLOWED_ORIGIN) response.set({ 'access-control-allow-origin': ALLOWED_ORIGIN, vary: 'origin' })
  next()
})

/**
 * Who asks is believed to be who they say. In an app of yours the identity comes from the session of somebody who has signed in, and from
 * nowhere else: whoever gets a token speaks under that name.
 */
function answer(identity, response) {
  if (typeof identity !== 'string' || identity === '') response.status(400).json({ message: 'identity is missing' })
  else response.set('cache-control', 'no-store').json({ identity, token: tokenFor(identity) })
}

app.post('/token/:identity', (request, response) => answer(request.params.identity, response))
app.get('/token', (request, response) => answer(request.query.identity, response))

const server = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`Tokens at http://127.0.0.1:${server.address().port}/token?identity=alice`)
})
