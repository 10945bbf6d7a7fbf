import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MediaRecord } from '@parley/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MediaService, mediaService } from '../support/media.ts'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { eventually } from '../support/until.ts'

const minute = 60_000
const hour = 60 * minute

describe.each(databases)('media that nobody needs any more, on %s,', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-media-'))
  let parley: Parley
  let media: MediaService
  beforeAll(async () => {
    parley = await startParley({ database, settings: { PARLEY_DATA_DIR: folder } })
    media = mediaService(parley)
  })
  afterAll(async () => {
    await parley?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const rest = () => parley.conversations.conversations
  const isKept = ({ sid }: MediaRecord) => existsSync(join(folder, 'media', sid.slice(-2), sid))
  /** Rounds are made each minute, and one of them may find what the one before has let go of. */
  const isGone = (one: MediaRecord) =>
    eventually(`the end of ${one.sid}`, async () => {
      if (!isKept(one)) return true
      await parley.clock.advance(minute)
      return undefined
    })
  const upload = (text: string) => media.upload(text, { type: 'text/plain' })

  async function send(conversation: string, ...uploads: MediaRecord[]) {
    const body = new URLSearchParams(uploads.map(({ sid }) => ['MediaSid', sid]))
    const url = `${parley.url}/v1/Conversations/${conversation}/Messages`
    const answer = await fetch(url, { method: 'POST', headers: media.credentials('server'), body })
    expect(answer.status).toBe(201)
    return (await answer.json()) as { sid: string }
  }

  describe('after a day', () => {
    let left: MediaRecord
    let unsent: MediaRecord
    let many: MediaRecord[]
    let sent: MediaRecord
    let afterHours: number[]
    // One day goes by for all of them: each of its seconds is one in which a server looks after much.
    beforeAll(async () => {
      left = await upload('never sent, and the server stopped')
      await parley.restart()
      const { sid } = await rest().create({})
      unsent = await upload('never sent')
      sent = await upload('sent')
      await send(sid, sent)
      many = []
      for (let at = 0; at < 120; at++) many.push(await upload(`number ${at}`))

      await parley.clock.advance(23 * hour)
      afterHours = await Promise.all([left, unsent, sent].map(async (one) => (await media.get(one.sid)).status))
      await parley.clock.advance(2 * hour)
    }, 120_000)

    it('are removed by the next server, when this one stops before', async () => {
      expect(afterHours).toEqual([200, 200, 200])
      await isGone(left)
    })

    it('because they were never sent, are removed after a day', async () => {
      expect(afterHours).toEqual([200, 200, 200])
      await isGone(unsent)
      expect((await media.get(unsent.sid)).status).toBe(404)
      const { sid } = await rest().create({})
      await expect(rest()(sid).messages.create({ mediaSid: unsent.sid })).rejects.toMatchObject({ status: 404, code: 50507 })
      expect(isKept(sent)).toBe(true)
      expect((await media.get(sent.sid)).status).toBe(200)
    })

    it('are many: they are removed in portions, and the rest stays', async () => {
      for (const one of many) await isGone(one)
      expect(isKept(sent)).toBe(true)
    })
  })

  it('because their message was deleted, are out of reach at once and then removed', async () => {
    const { sid } = await rest().create({})
    const [one, two, other] = [await upload('one'), await upload('two'), await upload('other')]
    const message = await send(sid, one, two)
    await send(sid, other)
    const { links } = (await (await media.get(one.sid)).json()) as MediaRecord

    await rest()(sid).messages(message.sid).remove()

    for (const gone of [one, two]) expect((await media.get(gone.sid)).status).toBe(404)
    expect((await fetch(links.content_direct_temporary)).status).toBe(404)
    await parley.clock.advance(hour)
    await isGone(one)
    await isGone(two)
    expect(isKept(other)).toBe(true)
  })

  it('because their conversation was deleted, are removed', async () => {
    const { sid } = await rest().create({})
    const uploads = await Promise.all(Array.from({ length: 7 }, (_, at) => upload(`number ${at}`)))
    for (const one of uploads) await send(sid, one)

    await rest()(sid).remove()

    await parley.clock.advance(hour)
    for (const one of uploads) await isGone(one)
    const leftover = await media.set({ command: 'get', list: uploads.map((one) => ({ media_sid: one.sid })) })
    expect(((await leftover.json()) as { code: number }[]).map(({ code }) => code)).toEqual(uploads.map(() => 404))
  })

  it('because their service was deleted, are removed', async () => {
    const service = await parley.conversations.services.create({ friendlyName: 'Short-lived' })
    const base = media.base.replace(parley.credentials.service_sid, service.sid)
    const answer = await fetch(base, { method: 'POST', headers: media.credentials('server'), body: 'x' })
    const one = (await answer.json()) as MediaRecord
    const { sid } = await parley.conversations.services(service.sid).conversations.create({})
    await parley.conversations.services(service.sid).conversations(sid).messages.create({ mediaSid: one.sid })

    await parley.conversations.services(service.sid).remove()

    await parley.clock.advance(hour)
    await isGone(one)
  })

  it('leave no file behind that nothing leads to', async () => {
    const files = (readdirSync(join(folder, 'media'), { recursive: true }) as string[]).filter((name) => name.includes('/'))
    for (const name of files) expect((await media.get(name.split('/')[1] ?? '')).status).toBe(200)
  })
})
