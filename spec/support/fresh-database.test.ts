import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from './fresh-database.ts'

async function ask(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('the PostgreSQL server of the tests', () => {
  it('is version 18', async () => {
    expect(await ask(inject('postgresUrl'), 'show server_version')).toEqual([{ server_version: expect.stringMatching(/^18\./) }])
  })

  it('gives each test a database of its own', async () => {
    await using one = await freshDatabase(inject('postgresUrl'))
    await using two = await freshDatabase(inject('postgresUrl'))
    await ask(one.url, 'create table mark (at integer)')
    expect(await ask(two.url, "select to_regclass('mark') as mark")).toEqual([{ mark: null }])
  })

  it('drops a database even while somebody is connected to it', async () => {
    const database = await freshDatabase(inject('postgresUrl'))
    const client = new pg.Client({ connectionString: database.url })
    const ended = new Promise<void>((resolve) => client.on('end', resolve))
    const errors: Error[] = []
    client.on('error', (error) => errors.push(error))
    await client.connect()

    await database.drop()

    await ended
    expect(errors[0]?.message).toMatch(/terminat/)
    await expect(ask(database.url, 'select 1')).rejects.toThrow(/does not exist/)
  })
})
