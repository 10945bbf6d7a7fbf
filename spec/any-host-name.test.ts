import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installationPatience } from './support/chromium.ts'
import { type Person, person } from './support/cli.ts'
import { startHttpReceiver } from './support/http-receiver.ts'
import { type Parley, startParley } from './support/parley.ts'
import { ask, sendRaw } from './support/rest.ts'
import { openBrowser } from './support/visitor.ts'

/** What a hosts file and the privileged port do, for one process: no test may change the machine. */
const hosts = (port: string) => `
const { Socket } = require('node:net')
const connect = Socket.prototype.connect
Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0]
  if (typeof options === 'object' && /\\.twilio\\.com$/.test(options.host ?? '')) Object.assign(options, { host: '127.0.0.1', port: ${port} })
  return connect.apply(this, given)
}
`

/** Programs as customers have them: they know the official libraries, and no other server than the original's. */
const helper = `
const api = require('twilio')(process.env.ACCOUNT, process.env.AUTH_TOKEN).conversations.v1
;(async () => {
  for (const friendlyName of ['one', 'two', 'three']) await api.conversations.create({ friendlyName })
  const listed = await api.conversations.list({ pageSize: 2 })
  return listed.map(({ friendlyName }) => friendlyName).join() + ' ' + new URL(listed[0].url).host
})()`

/** Two people with one SDK, in Node or in a browser: one makes a conversation, takes the other in, and writes; the other hears it and reads the file. */
const talk = `async ({ Client }, people, file) => {
  const open = async (token) => {
    if (Client.version.startsWith('1.')) return Client.create(token)
    const client = new Client(token)
    await new Promise((resolve, reject) => {
      client.on('initialized', resolve)
      client.on('connectionError', ({ message }) => reject(new Error(message)))
    })
    return client
  }
  const [first, second] = people
  const [alice, bob] = [await open(first.token), await open(second.token)]
  const joined = new Promise((resolve) => bob.on('conversationJoined', resolve))
  const conversation = await alice.createConversation({ friendlyName: 'By name' })
  await conversation.join()
  await conversation.add(second.identity)
  const theirs = await joined
  // What is in the first page that an SDK reads of a conversation is never told as news.
  await theirs.getMessages()
  const heard = (type) => new Promise((resolve) => theirs.on('messageAdded', (message) => message.type === type && resolve(message)))
  const [words, picture] = [heard('text'), heard('media')]
  await conversation.sendMessage('words')
  await conversation.sendMessage(file)
  const { attachedMedia, media = attachedMedia[0] } = await picture
  const url = await media.getContentTemporaryUrl()
  const said = [Client.version, (await words).body, await (await fetch(url)).text(), new URL(url).host]
  await Promise.all([alice.shutdown(), bob.shutdown()])
  return said.join(' ')
}`

const load = createRequire(import.meta.url)
/** The SDKs: what Node loads, and the script that pages name. */
const sdks = [
  { version: '3.0.1', name: '@twilio/conversations', script: 'builds/twilio-conversations.min.js' },
  { version: '2.6.5', name: 'conversations-2.6.5', script: 'builds/twilio-conversations.min.js' },
  // Sends files to mcs.us1.twilio.com, whatever the server says: nothing else shows that they arrive.
  { version: '1.2.0', name: 'conversations-1.2.0', script: 'dist/@twilio/conversations.min.js' },
]

const end = `.then((said) => { console.log(said); process.exit(0) }, (error) => { console.error(error); process.exit(1) })`

describe('a server under names of the original', () => {
  let operator: Person
  let parley: Parley
  let browser: Browser
  const inCerts = (name: string) => join(operator.home, '.parley', 'certs', name)
  const hostsFile = () => join(operator.home, 'hosts.cjs')

  beforeAll(async () => {
    operator = await person()
    await operator.parley('certs')
    parley = await startParley({ settings: { PARLEY_TLS_CERT: inCerts('cert.pem'), PARLEY_TLS_KEY: inCerts('key.pem') } })
    const { port } = new URL(parley.url)
    writeFileSync(hostsFile(), hosts(port))
    const authority = new X509Certificate(readFileSync(inCerts('ca.pem')))
    const fingerprint = createHash('sha256')
      .update(authority.publicKey.export({ format: 'der', type: 'spki' }))
      .digest('base64')
    browser = await openBrowser([
      `--host-resolver-rules=MAP *.twilio.com 127.0.0.1:${port}`,
      `--ignore-certificate-errors-spki-list=${fingerprint}`,
    ])
  }, installationPatience)
  afterAll(async () => {
    await browser?.close()
    await parley?.close()
    await operator?.[Symbol.asyncDispose]()
  })

  let runs = 0
  /** Two people whom nobody has seen before, as JSON. */
  const people = (...names: string[]) => {
    const run = ++runs
    return JSON.stringify(names.map((name) => ({ identity: `${name}${run}`, token: parley.token(`${name}${run}`) })))
  }

  const run = async (program: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--require', hostsFile(), '--eval', program + end], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      timeout: 60_000,
      env: {
        PATH: process.env['PATH'],
        NODE_EXTRA_CA_CERTS: inCerts('ca.pem'),
        ACCOUNT: parley.credentials.account_sid,
        AUTH_TOKEN: parley.credentials.auth_token,
      },
    })
    return stdout.trim()
  }

  it('serves the official helper library without any option, page after page', async () => {
    expect(await run(helper)).toBe('one,two,three conversations.twilio.com')
  })

  describe.each(sdks)('serves the official SDK $version without any option, and its files', ({ version, name, script }) => {
    // Older ones do not say where they send files, so the name is theirs.
    const host = version === '1.2.0' ? 'mcs.us1.twilio.com' : 'tsock.us1.twilio.com'
    const said = `${version} words a file ${host}`

    it('in Node', async () => {
      const file = `{ contentType: 'text/plain', filename: 'a.txt', media: Buffer.from('a file') }`
      expect(await run(`(${talk})(require('${name}'), ${people('alice', 'bob')}, ${file})`)).toBe(said)
    })

    it('in Chromium, from a page of somebody else', async () => {
      const source = readFileSync(join(dirname(load.resolve(`${name}/package.json`)), script))
      // On this machine too: Chromium lets no page of the internet in here without asking.
      await using site = await startHttpReceiver()
      site.answers(({ path }, response) => {
        if (path === '/sdk.js') response.setHeader('Content-Type', 'text/javascript').end(source)
        else response.setHeader('Content-Type', 'text/html').end('<!doctype html><script src="/sdk.js"></script>')
      })
      const page = await browser.newPage()
      await page.goto(site.url)
      const file = `(() => { const form = new FormData(); form.append('file', new File(['a file'], 'a.txt', { type: 'text/plain' })); return form })()`
      expect(await page.evaluate(`(${talk})(Twilio.Conversations, ${people('alice', 'bob')}, ${file})`)).toBe(said)
      await page.context().close()
    })
  })
})

describe('the base of URLs in answers', () => {
  const urlTold = async (parley: Parley, headers: Record<string, string>) => {
    const { account_sid, auth_token } = parley.credentials
    const lines = Object.entries({ ...headers, Authorization: `Basic ${btoa(`${account_sid}:${auth_token}`)}`, Connection: 'close' })
    const said = await sendRaw(
      parley,
      `GET /v1/Services/${parley.credentials.service_sid} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`,
    )
    return /"url":"([^"]*)\/v1\//.exec(said)?.[1]
  }
  const forwarded = { Host: 'inside', 'X-Forwarded-Host': 'chat.example.org', 'X-Forwarded-Proto': 'https' }

  it('is the name that a client uses, and what a proxy says only when it is trusted', async () => {
    await using parley = await startParley()
    expect(await urlTold(parley, { Host: 'chat.example.org:8480' })).toBe('http://chat.example.org:8480')
    expect(await urlTold(parley, forwarded)).toBe('http://inside')
    await using behind = await startParley({ settings: { PARLEY_TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' } })
    expect(await urlTold(behind, forwarded)).toBe('https://chat.example.org')
    expect((await ask(behind, '/v1/Services')).json.meta.url).toMatch(behind.url)
  })
})
