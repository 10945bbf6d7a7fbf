import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
// @ts-expect-error a script in JavaScript
import { buildWhenChanged } from '../../scripts/build.mjs'
import { installationPatience } from './chromium.ts'
import { type Parley, startParley } from './parley.ts'
import { openBrowser, tellPictures, Visitor } from './visitor.ts'

/** A server with the quickstart chat, and those who visit it; all tests of a file share server and browser. */
export interface ChatStage {
  readonly parley: Parley
  /** A name that nobody had before. */
  name(prefix: string): string
  /** Somebody who opens the chat. */
  come(path: string, options?: BrowserContextOptions): Promise<Visitor>
  /** Somebody who is in, by the token that the server makes for them. */
  comeAs(identity: string, path?: string, options?: BrowserContextOptions): Promise<Visitor>
  /** A conversation, made by REST, with these people in it. @returns its SID */
  conversation(friendlyName: string, ...identities: string[]): Promise<string>
  post(sid: string, author: string, body: string): Promise<{ sid: string }>
  /** What a conversation holds, as the server has it. */
  bodies(sid: string): Promise<string[]>
}

/** Sets the stage for the tests of a file. After each test visitors go; what their browsers complained about fails it. */
export function chatStage(): ChatStage {
  let parley: Parley
  let browser: Browser
  const visitors: Visitor[] = []
  let names = 0

  beforeAll(async () => {
    await buildWhenChanged()
    parley = await startParley({ settings: { PARLEY_PAGES: 'quickstart' } })
    browser = await openBrowser()
  }, installationPatience)
  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints)
    for (const visitor of visitors.splice(0)) await visitor.leave()
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await parley?.close()
    tellPictures()
  })

  const come = async (path: string, options?: BrowserContextOptions) => {
    const visitor = await Visitor.come(browser, parley.url + path, options)
    visitors.push(visitor)
    return visitor
  }
  return {
    get parley() {
      return parley
    },
    name: (prefix) => `${prefix}${++names}`,
    come,
    async comeAs(identity, path = '/', options) {
      const visitor = await come(`${path}?as=${identity}`, options)
      await visitor.isConnected()
      return visitor
    },
    async conversation(friendlyName, ...identities) {
      const { conversations } = parley.conversations
      const { sid } = await conversations.create({ friendlyName })
      for (const identity of identities) await conversations(sid).participants.create({ identity })
      return sid
    },
    post: (sid, author, body) => parley.conversations.conversations(sid).messages.create({ author, body }),
    bodies: async (sid) => (await parley.conversations.conversations(sid).messages.list()).map(({ body }) => body),
  }
}
