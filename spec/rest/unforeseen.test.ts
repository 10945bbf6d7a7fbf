import { createLog } from '@parley/server'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { ask } from '../support/rest.ts'

/** Does something to a database behind the server's back. */
async function sideways(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

it('what nobody foresaw is told to the operator with its cause, and to others as a plain 500', async () => {
  await using database = await freshDatabase(inject('postgresUrl'))
  const said: string[] = []
  const log = createLog({ level: 'error', destination: { write: (line: string) => void said.push(line) } })
  await using parley = await startParley({ settings: { PARLEY_DATABASE_URL: database.url }, log })
  const { sid } = await parley.conversations.conversations.create({})
  await parley.conversations.conversations(sid).participants.create({ identity: 'alice' })
  const alice = await RawClient.start(parley.socketUrl, parley.token('alice'))
  const messages = `/v1/Conversations/${sid}/Messages`
  const commands = `/Client/v2/Services/${parley.credentials.service_sid}/Conversations/${sid}/Messages`

  await sideways(database.url, 'alter table messages rename to hidden')
  const plain = { code: 20500, status: 500, message: 'Internal Server Error', more_info: 'https://www.twilio.com/docs/errors/20500' }
  for (const form of [undefined, { Body: 'hello' }]) {
    said.length = 0
    const { status, json } = await ask(parley, messages, form ? { form } : {})
    expect({ status, json }).toEqual({ status: 500, json: plain })
    expect(said.join()).toMatch(/relation \\"messages\\" does not exist/)
  }
  said.length = 0
  expect(await alice.post(commands, { body: 'hello' })).toEqual({ status: 500, body: plain })
  expect(said.join()).toMatch(/relation \\"messages\\" does not exist/)

  // Nothing came of it, and everything goes on when the cause has gone: the connection, too.
  await sideways(database.url, 'alter table hidden rename to messages')
  expect((await ask(parley, messages)).json.messages).toEqual([])
  expect(await alice.post(commands, { body: 'hello again' })).toMatchObject({ status: 201, body: { index: 0 } })
  await alice.close()
})
