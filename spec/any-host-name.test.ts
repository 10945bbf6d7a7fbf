import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Person, person } from './support/cli.ts'
import { type Parley, startParley } from './support/parley.ts'
import { ask, sendRaw } from './support/rest.ts'

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
const programs = {
  helper: `
const api = require('twilio')(process.env.ACCOUNT, process.env.AUTH_TOKEN).conversations.v1
;(async () => {
  for (const friendlyName of ['one', 'two', 'three']) await api.conversations.create({ friendlyName })
  const listed = await api.conversations.list({ pageSize: 2 })
  return listed.map(({ friendlyName }) => friendlyName).join() + ' ' + new URL(listed[0].url).host
})()`,
  sdk: `
const { Client } = require('@twilio/conversations')
const client = new Client(process.env.TOKEN)
;(async () => {
  await new Promise((resolve) => client.on('initialized', resolve))
  const conversation = await client.createConversation({ friendlyName: 'By name' })
  await conversation.join()
  await conversation.sendMessage('words')
  await conversation.sendMessage({ contentType: 'text/plain', filename: 'a.txt', media: Buffer.from('a file') })
  const [words, file] = (await conversation.getMessages()).items
  const url = await file.attachedMedia[0].getContentTemporaryUrl()
  await client.shutdown()
  return [words.body, file.attachedMedia[0].size, new URL(url).host].join(' ')
})()`,
}

const end = `.then((said) => { console.log(said); process.exit(0) }, (error) => { console.error(error); process.exit(1) })`

describe('a server under names of the original', () => {
  let operator: Person
  let parley: Parley
  const inCerts = (name: string) => join(operator.home, '.parley', 'certs', name)
  const hostsFile = () => join(operator.home, 'hosts.cjs')

  beforeAll(async () => {
    operator = await person()
    await operator.parley('certs')
    parley = await startParley({ settings: { PARLEY_TLS_CERT: inCerts('cert.pem'), PARLEY_TLS_KEY: inCerts('key.pem') } })
    writeFileSync(hostsFile(), hosts(new URL(parley.url).port))
  })
  afterAll(async () => {
    await parley?.close()
    await operator?.[Symbol.asyncDispose]()
  })

  const run = async (program: keyof typeof programs) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--require', hostsFile(), '--eval', programs[program] + end], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      timeout: 60_000,
      env: {
        PATH: process.env['PATH'],
        NODE_EXTRA_CA_CERTS: inCerts('ca.pem'),
        ACCOUNT: parley.credentials.account_sid,
        AUTH_TOKEN: parley.credentials.auth_token,
        TOKEN: parley.token('alice'),
      },
    })
    return stdout.trim()
  }

  it('serves the official helper library without any option, page after page', async () => {
    expect(await run('helper')).toBe('one,two,three conversations.twilio.com')
  })

  it('serves the official SDK without any option, and its files', async () => {
    expect(await run('sdk')).toBe('words 6 tsock.us1.twilio.com')
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
