import { randomBytes } from 'node:crypto'
import { limitsOf } from '@parley/protocol'
import { describe, expect, inject, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import { createSigner } from '../../base/signer.ts'
import { createVault } from '../../base/vault.ts'
import { BareWorld, databaseKinds } from '../../storage/bare-world.ts'
import type { ConsoleSurroundings, Context } from '../context.ts'
import { forgetConsoleSessions, signIn, whoIsSignedIn } from './console-sessions.ts'
import { createSignInAttempts } from './sign-in-attempts.ts'

const key = randomBytes(32)
const lifetime = 60_000

/** A node over the database of a world. */
function node(world: BareWorld) {
  const ctx = { ...world, store: world.store, vault: createVault(key), limits: limitsOf('open') } as unknown as Context
  const sessions: ConsoleSurroundings = {
    signer: createSigner(key, 'console sessions'),
    lifetime,
    attempts: createSignInAttempts(world.clock),
  }
  return { ctx, sessions }
}

describe.each(databaseKinds)('sessions of the console on %s', (kind) => {
  const open = async () => {
    const world = await BareWorld.open(kind, { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent })
    const { ctx, sessions } = node(world)
    const give = (auth_token: string, secondary: string | null = null) =>
      world.store.write(async (tx) => {
        const account = await tx.accounts.find(world.account_sid)
        if (!account) throw new Error('The world has an account')
        const locked = { auth_token: ctx.vault.lock(auth_token), secondary_auth_token: secondary && ctx.vault.lock(secondary) }
        await tx.accounts.save({ ...account, ...locked })
      })
    await give('first token')
    const enter = async (password: string) => (await signIn(ctx, sessions, { username: world.account_sid, password }, '127.0.0.1')).secret
    return { world, ctx, sessions, give, enter }
  }

  it('end when the auth token that was shown is no longer one of the account’s, and not before', async () => {
    const { world, ctx, sessions, give, enter } = await open()
    await using _ = world
    const [one, other] = [await enter('first token'), await enter('first token')]
    await give('second token', 'first token')
    expect((await whoIsSignedIn(ctx, sessions, one))?.account.sid).toBe(world.account_sid)
    const fresh = await enter('second token')
    await give('second token')
    for (const secret of [one, other]) expect(await whoIsSignedIn(ctx, sessions, secret)).toBeUndefined()
    expect((await whoIsSignedIn(ctx, sessions, fresh))?.key).toBeUndefined()
  })

  it('are nowhere in the database: neither what was shown, nor what the browser keeps', async () => {
    const { world, ctx, sessions, enter } = await open()
    await using _ = world
    const secret = await enter('first token')
    const session = (await whoIsSignedIn(ctx, sessions, secret))?.session
    expect(session).toBeDefined()
    expect(JSON.stringify(session)).not.toContain(secret)
    expect(JSON.stringify(session)).not.toContain('first token')
  })

  it('are forgotten when they have ended', async () => {
    const { world, ctx, sessions, enter } = await open()
    await using _ = world
    const secret = await enter('first token')
    const ended = (await whoIsSignedIn(ctx, sessions, secret))?.session.digest ?? ''
    await world.clock.advance(lifetime / 2)
    const lasting = await enter('first token')
    await world.clock.advance(lifetime / 2)
    // They are worth nothing before that, too.
    expect(await whoIsSignedIn(ctx, sessions, secret)).toBeUndefined()
    expect(await ctx.store.read.consoleSessions.find(ended)).toBeDefined()
    expect(await forgetConsoleSessions(ctx)).toBe(false)
    expect(await ctx.store.read.consoleSessions.find(ended)).toBeUndefined()
    expect(await whoIsSignedIn(ctx, sessions, lasting)).toBeDefined()
  })
})

it('a session that one node began is known to all, and ends for all', async () => {
  await using world = await BareWorld.open('postgres', { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent })
  const here = node(world)
  await world.store.write(async (tx) => {
    const account = await tx.accounts.find(world.account_sid)
    if (account) await tx.accounts.save({ ...account, auth_token: here.ctx.vault.lock('token') })
  })
  await using neighbour = await BareWorld.visit(world.place.address)
  const there = node(neighbour)
  const { secret, operator } = await signIn(here.ctx, here.sessions, { username: world.account_sid, password: 'token' }, '::1')
  expect(await whoIsSignedIn(there.ctx, there.sessions, secret)).toBeDefined()
  await world.store.write((tx) => tx.consoleSessions.remove(operator.session.digest))
  expect(await whoIsSignedIn(there.ctx, there.sessions, secret)).toBeUndefined()
})
