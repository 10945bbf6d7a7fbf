import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { eventually } from '../support/until.ts'

const hex = () => randomBytes(16).toString('hex')

const good = makeCertificate('localhost')
const expired = makeCertificate('localhost', undefined, { until: new Date('2021-01-01') })
const foreign = makeCertificate('other.example.org', undefined, { host: 'other.example.org' })
const untrusted = makeCertificate('localhost')

interface Delivery {
  state: string
  attempts: number
  last_error: string | null
}

describe('receivers whose certificate is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-certificates-'))
  const names = { PARLEY_ACCOUNT_SID: `AC${hex()}`, PARLEY_AUTH_TOKEN: hex(), PARLEY_SERVICE_SID: `IS${hex()}` }
  const receivers: HttpReceiver[] = []
  let server: ServerProcess

  beforeAll(async () => {
    // What the operator trusts beside public authorities.
    const trusted = join(folder, 'trusted.pem')
    writeFileSync(trusted, [good, expired, foreign].map(({ cert }) => cert).join(''))
    server = await startServerProcess({
      ...names,
      NODE_EXTRA_CA_CERTS: trusted,
      PARLEY_MODE: 'development',
      PARLEY_PORT: '0',
      PARLEY_DATA_DIR: folder,
      PARLEY_WEBHOOK_RETRIES: '1',
      PARLEY_WEBHOOK_RETRY_SECONDS: '1',
    })
  })
  afterAll(async () => {
    await server?.stop()
    await Promise.all(receivers.map((receiver) => receiver.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  const rest = () => {
    const client = twilio(names.PARLEY_ACCOUNT_SID, names.PARLEY_AUTH_TOKEN)
    client.conversations.baseUrl = server.url
    return client.conversations.v1
  }
  const authorization = `Basic ${btoa(`${names.PARLEY_ACCOUNT_SID}:${names.PARLEY_AUTH_TOKEN}`)}`
  const deliveriesOf = async (conversation: string): Promise<Delivery[]> => {
    const response = await fetch(`${server.url}/v1/Webhooks/Deliveries?ConversationSid=${conversation}`, { headers: { authorization } })
    return ((await response.json()) as { deliveries: Delivery[] }).deliveries
  }
  /** A message in a conversation that a receiver with this certificate listens to. */
  const tell = async (tls: { cert: string; key: string }) => {
    const receiver = await startHttpReceiver({ tls })
    receivers.push(receiver)
    const { sid } = await rest().conversations.create()
    await rest()
      .conversations(sid)
      .webhooks.create({ target: 'webhook', 'configuration.url': receiver.url, 'configuration.filters': ['onMessageAdded'] })
    await rest().conversations(sid).messages.create({ body: 'hello', xTwilioWebhookEnabled: 'true' })
    return { receiver, sid }
  }

  it.each([
    ['that nobody vouches for', untrusted, /^DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate/],
    ['that is too old', expired, /^CERT_HAS_EXPIRED: certificate has expired/],
    ['of somebody else', foreign, /^ERR_TLS_CERT_ALTNAME_INVALID: .*127\.0\.0\.1/],
  ])('are told nothing with one %s; it is tried again, and the log says why', async (_, tls, reason) => {
    const { receiver, sid } = await tell(tls)
    const delivery = await eventually('the delivery to be given up', async () =>
      (await deliveriesOf(sid)).find(({ state }) => state === 'dead'),
    )
    expect(delivery).toMatchObject({ attempts: 2, last_error: expect.stringMatching(reason) })
    expect(receiver.received.all).toEqual([])
  })

  it('are told with a right one', async () => {
    const { receiver, sid } = await tell(good)
    await receiver.received.first('the webhook', ({ parameters }) => parameters['Body'] === 'hello')
    await eventually('the delivery to be logged', async () => (await deliveriesOf(sid)).find(({ state }) => state === 'delivered'))
  })
})
