import type { Conversation, Message, Paginator } from '@twilio/conversations'
import { beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const indexesOf = (page: Paginator<Message>) => page.items.map((message) => message.index)

onEveryStage('Paging', (stage) => {
  const founders = new Map<string, Promise<{ identity: string; sid: string }>>()

  /** A conversation of 300 messages, made once for each database. */
  function longTalk() {
    const made = founders.get(stage.database) ?? fill()
    founders.set(stage.database, made)
    return made
  }
  async function fill() {
    const founder = await stage.found('founder')
    await Promise.all(range(0, 299).map((number) => founder.conversation.sendMessage(`${number}`)))
    return { identity: founder.identity, sid: founder.conversation.sid }
  }

  describe('of 300 messages', () => {
    async function read(): Promise<Conversation> {
      const { identity, sid } = await longTalk()
      return (await stage.connect(identity)).conversation(sid)
    }

    it('shows the latest first, and goes back to the very first', async () => {
      const conversation = await read()
      let page = await conversation.getMessages()
      expect(indexesOf(page)).toEqual(range(270, 299))
      expect([page.hasPrevPage, page.hasNextPage]).toEqual([true, false])
      const seen = [indexesOf(page)]
      while (page.hasPrevPage) {
        page = await page.prevPage()
        seen.unshift(indexesOf(page))
      }
      expect(seen.flat()).toEqual(range(0, 299))
    })

    it('goes back and forth again over the same pages', async () => {
      const conversation = await read()
      const latest = await conversation.getMessages(50)
      const older = await latest.prevPage()
      const oldest = await older.prevPage()
      expect([latest, older, oldest].map(indexesOf)).toEqual([range(250, 299), range(200, 249), range(150, 199)])
      const newer = await oldest.nextPage()
      const newest = await newer.nextPage()
      expect([newer, newest].map(indexesOf)).toEqual([range(200, 249), range(250, 299)])
      expect(newest.hasNextPage).toBe(false)
    })

    it('goes forward from the beginning to the end', async () => {
      const conversation = await read()
      let page = await conversation.getMessages(70, 0, 'forward')
      const seen = [...indexesOf(page)]
      while (page.hasNextPage) {
        page = await page.nextPage()
        seen.push(...indexesOf(page))
      }
      expect(seen).toEqual(range(0, 299))
    })

    it('starts at an anchor, that message included, in both directions', async () => {
      const conversation = await read()
      expect(indexesOf(await conversation.getMessages(10, 150, 'forward'))).toEqual(range(150, 159))
      expect(indexesOf(await conversation.getMessages(10, 150, 'backwards'))).toEqual(range(141, 150))
      expect(indexesOf(await conversation.getMessages(10, 4, 'backwards'))).toEqual(range(0, 4))
      expect(indexesOf(await conversation.getMessages(10, 295, 'forward'))).toEqual(range(295, 299))
      const around = await conversation.getMessages(20, 100, 'backwards')
      expect(indexesOf(await around.prevPage())).toEqual(range(61, 80))
    })

    it('answers one message', async () => {
      const conversation = await read()
      expect(indexesOf(await conversation.getMessages(1))).toEqual([299])
      expect(indexesOf(await conversation.getMessages(1, 77, 'forward'))).toEqual([77])
    })

    it('answers a hundred, page after page', async () => {
      const conversation = await read()
      const latest = await conversation.getMessages(100)
      const older = await latest.prevPage()
      const oldest = await older.prevPage()
      expect([latest, older, oldest].map(indexesOf)).toEqual([range(200, 299), range(100, 199), range(0, 99)])
      expect(oldest.hasPrevPage).toBe(false)
    })

    it('holds what is written while one reads', async () => {
      const reader = await stage.found('reader')
      for (const number of range(0, 29)) await reader.conversation.sendMessage(`${number}`)
      await reader.app.hears('messageAdded', (message) => message.index === 29)
      const latest = await reader.conversation.getMessages(10)
      await reader.conversation.sendMessage('meanwhile')
      await reader.app.hears('messageAdded', (message) => message.index === 30)
      expect(indexesOf(await latest.prevPage())).toEqual(range(10, 19))
      expect(indexesOf(await reader.conversation.getMessages(3))).toEqual([28, 29, 30])
    })

    it('jumps over what was removed', async () => {
      const owner = await stage.found('owner')
      for (const number of range(0, 39)) await owner.conversation.sendMessage(`${number}`)
      const { messages } = stage.parley.conversations.conversations(owner.conversation.sid)
      const gone = [0, 5, 6, 7, 8, 9, 10, 11, 12, 20, 39]
      const listed = await messages.list()
      await Promise.all(
        gone.map((index) =>
          stage.parley.conversations
            .conversations(owner.conversation.sid)
            .messages(listed[index]?.sid ?? '')
            .remove(),
        ),
      )
      const again = await stage.connect(owner.identity)
      let page = await (await again.conversation(owner.conversation.sid)).getMessages(10)
      const seen = [...indexesOf(page)]
      while (page.hasPrevPage) {
        page = await page.prevPage()
        seen.unshift(...indexesOf(page))
      }
      expect(seen).toEqual(range(0, 39).filter((index) => !gone.includes(index)))
    })

    it('ends at once in an empty conversation', async () => {
      const { alice } = await stage.talk('alice')
      const page = await alice.conversation.getMessages()
      expect([indexesOf(page), page.hasNextPage, page.hasPrevPage]).toEqual([[], false, false])
    })
  })

  describe('of 120 conversations', () => {
    let app: App
    const everybody = new Map<string, Promise<{ identity: string; sids: string[] }>>()
    async function join() {
      const identity = stage.name('sociable')
      const sids = await Promise.all(range(1, 120).map(() => stage.conversation(identity)))
      return { identity, sids }
    }
    beforeAll(async () => {
      const made = everybody.get(stage.database) ?? join()
      everybody.set(stage.database, made)
      await made
    })

    it('lists all, by fifty, forth and back', async () => {
      const { identity, sids } = (await everybody.get(stage.database)) as { identity: string; sids: string[] }
      app = await stage.connect(identity)
      const first = await app.client.getSubscribedConversations()
      const second = await first.nextPage()
      const third = await second.nextPage()
      const pages = [first, second, third].map((page) => page.items.map((conversation) => conversation.sid))
      expect(pages.map((page) => page.length)).toEqual([50, 50, 20])
      expect(pages.flat().toSorted()).toEqual(sids.toSorted())
      expect([first.hasPrevPage, first.hasNextPage, third.hasPrevPage, third.hasNextPage]).toEqual([false, true, true, false])
      expect((await third.prevPage()).items.map((conversation) => conversation.sid)).toEqual(pages[1])
      await app.sees('all of them', () => (app.all('conversationJoined').length === sids.length ? true : undefined))
      expect(new Set(app.all('conversationJoined').map((conversation) => conversation.sid))).toEqual(new Set(sids))
    })
  })
})
