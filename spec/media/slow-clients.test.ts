import { once } from 'node:events'
import { get, request } from 'node:http'
import { expect, it } from 'vitest'
import { mediaService } from '../support/media.ts'
import { startParley } from '../support/parley.ts'

it('whoever asks for a file and does not read it is hung up on', async () => {
  await using parley = await startParley()
  const { links } = await mediaService(parley).upload(Buffer.alloc(30_000_000), { type: 'application/octet-stream' })
  const asking = get(links.content_direct_temporary)
  const [answer] = await once(asking, 'response')
  expect(answer.statusCode).toBe(200)
  const broken = once(answer, 'error')
  answer.pause()

  // What the sockets between us hold counts as movement: it moves while something else is asked. Then nothing moves.
  for (let at = 0; at < 20; at++) {
    await parley.pacing.advance(30_000)
    await fetch(`${parley.url}/healthz`)
  }

  answer.resume()
  const [error] = await broken
  expect(error).toMatchObject({ code: 'ECONNRESET' })
})

it('whoever sends anything but a file has no longer than before there were files', async () => {
  await using parley = await startParley()
  const sending = request(`${parley.url}/v1/Conversations`, {
    method: 'POST',
    headers: {
      ...mediaService(parley).credentials('server'),
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': 100,
    },
  })
  sending.on('error', () => {})
  const over = new Promise((resolve) => sending.on('close', resolve))
  sending.write('FriendlyName=')
  await once(sending, 'socket')
  // What is asked later is answered: by then the server has the head of the first request.
  await parley.conversations.conversations.list({ limit: 1 })

  for (let minute = 0; minute < 11; minute++) {
    sending.write('x')
    await parley.pacing.advance(60_000)
  }

  await over
})
