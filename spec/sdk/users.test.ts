import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { Apps, refusal, sdkVersions } from '../support/sdk.ts'
import { onEveryStage } from '../support/stage.ts'

onEveryStage('Users', (stage) => {
  const rest = (identity: string) => stage.parley.conversations.users(identity)
  const has = (reason: string) => (event: { updateReasons: string[] }) => event.updateReasons.includes(reason)

  it('start with nothing but their identity', async () => {
    const app = await stage.connect()
    const { user } = app.client
    expect([user.identity, user.friendlyName, user.attributes, user.isSubscribed]).toEqual([app.identity, '', {}, true])
  })

  it('change their own name and attributes, and whoever looks at them sees it', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const seen = await bob.app.client.getUser(alice.identity)
    bob.app.forget()

    await alice.app.client.user.updateFriendlyName('Alice 👩')
    await bob.app.hears('userUpdated', has('friendlyName'))
    await alice.app.client.user.updateAttributes({ mood: 'good', n: [1] })
    await bob.app.hears('userUpdated', has('attributes'))

    expect(bob.app.story('userUpdated')).toEqual([
      `userUpdated ${alice.identity} [friendlyName]`,
      `userUpdated ${alice.identity} [attributes]`,
    ])
    expect([seen.friendlyName, seen.attributes]).toEqual(['Alice 👩', { mood: 'good', n: [1] }])
    await alice.app.hears('userUpdated', has('attributes'))
    expect(alice.app.client.user.friendlyName).toBe('Alice 👩')
    expect(await rest(alice.identity).fetch()).toMatchObject({ friendlyName: 'Alice 👩', attributes: '{"mood":"good","n":[1]}' })
  })

  it('that REST changes are seen', async () => {
    const app = await stage.connect()
    await rest(app.identity).update({ friendlyName: 'By REST', attributes: '{"by":"rest"}' })
    await app.sees('both', () =>
      app.client.user.friendlyName === 'By REST' && 'by' in (app.client.user.attributes as object) ? true : undefined,
    )
    await rest(app.identity).update({ friendlyName: 'By REST', attributes: '{"by":"rest"}' })
    app.forget()
    await rest(app.identity).update({ friendlyName: 'Last' })
    await app.hears('userUpdated')
    expect(app.story('userUpdated')).toEqual([`userUpdated ${app.identity} [friendlyName]`])
  })

  it('that REST made beforehand are found, with name and attributes', async () => {
    const identity = stage.name('made')
    await stage.parley.conversations.users.create({ identity, friendlyName: 'Made', attributes: '{"a":1}' })
    const [own, other] = await Promise.all([stage.connect(identity), stage.connect()])
    const seen = await other.client.getUser(identity)
    for (const user of [own.client.user, seen]) expect([user.friendlyName, user.attributes]).toEqual(['Made', { a: 1 }])
  })

  it('are subscribed once they are looked at, and let go', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const user = await alice.app.client.getUser(bob.identity)
    expect(alice.app.story('userSubscribed')).toEqual([`userSubscribed ${bob.identity}`])
    expect((await alice.app.client.getSubscribedUsers()).map((one) => one.identity)).toContain(bob.identity)

    await user.unsubscribe()
    await alice.app.hears('userUnsubscribed')
    expect((await alice.app.client.getSubscribedUsers()).map((one) => one.identity)).not.toContain(bob.identity)
    await bob.app.client.user.updateFriendlyName('unseen')
    await bob.app.hears('userUpdated')
    expect(alice.app.story('userUpdated').filter((told) => told.includes(bob.identity) && !told.includes('friendlyName'))).toEqual([])
    expect((await alice.app.client.getUser(bob.identity)).friendlyName).toBe('unseen')
  })

  it('say themselves that they are subscribed, and that they are not any more', async () => {
    const app = stage.open()
    const told: string[] = []
    app.client.user.on('userSubscribed', ({ identity }) => told.push(`subscribed ${identity}`))
    await app.hears('stateChanged', (state) => state === 'initialized')
    await app.client.getSubscribedConversations()
    const identity = stage.name('looked at')
    await stage.parley.conversations.users.create({ identity })
    const user = await app.client.getUser(identity)
    user.on('userUnsubscribed', () => told.push(`unsubscribed ${user.identity}`))
    await user.unsubscribe()
    await app.hears('userUnsubscribed', (one) => one === user)
    expect(told).toEqual([`subscribed ${app.identity}`, `unsubscribed ${identity}`])
    expect([user.isSubscribed, app.client.user.isSubscribed]).toEqual([false, true])
  })

  it('that are looked at are as many as an app may follow: the one asked for longest ago makes room', async () => {
    const app = await stage.connect(stage.name('curious'), { clientOptions: { userInfosToSubscribeOverride: 2 } })
    const identities = ['first', 'second', 'third'].map(stage.name)
    for (const identity of identities) {
      await stage.parley.conversations.users.create({ identity })
      await app.client.getUser(identity)
    }
    await app.hears('userUnsubscribed')
    expect(app.story('userUnsubscribed')).toEqual([`userUnsubscribed ${identities[0]}`])
    const followed = (await app.client.getSubscribedUsers()).map((user) => user.identity)
    expect(followed.filter((identity) => identities.includes(identity)).toSorted()).toEqual(identities.slice(1).toSorted())
  })

  it('with identities full of signs are found', async () => {
    const app = await stage.connect()
    for (const sign of ['a/b', 'bob@x.y z', '50%', 'ümläut', 'q?x=1&y#z', 'semi;colon', '中文', 'a=b', '+1']) {
      const identity = stage.name(sign)
      await stage.parley.conversations.users.create({ identity, friendlyName: sign })
      expect((await app.client.getUser(identity)).friendlyName).toBe(sign)
      const own = await stage.connect(identity)
      await own.client.user.updateFriendlyName(`${sign}!`)
      await own.hears('userUpdated', ({ user }) => user.friendlyName === `${sign}!`)
      expect((await own.client.getSubscribedConversations()).items).toEqual([])
    }
  })

  it('may not change each other', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    const seen = await alice.app.client.getUser(bob.identity)
    expect(await refusal(seen.updateFriendlyName('Bobby'))).toMatchObject({ status: 403, code: 50107 })
    expect(await refusal(seen.updateAttributes({ x: 1 }))).toMatchObject({ status: 403, code: 50107 })
  })

  it('do not know who is online where the service does not ask', async () => {
    const { alice, bob } = await stage.talk('alice', 'bob')
    expect(alice.app.client.reachabilityEnabled).toBe(false)
    const seen = await alice.app.client.getUser(bob.identity)
    expect(seen.isOnline).not.toBe(true)
    const { user } = alice.app.client
    if (!alice.app.isOlder) expect([user, seen].flatMap((one) => [one.isOnline, one.isNotifiable])).toEqual([null, null, null, null])
    expect((await rest(bob.identity).fetch()).isOnline).not.toBe(true)
  })
})

describe.each(databases)('Reachability, on %s', (database) => {
  let parley: Parley
  const apps = new Apps()
  beforeAll(async () => {
    parley = await startParley({ database })
    await parley.conversations.services(parley.credentials.service_sid).configuration().update({ reachabilityEnabled: true })
  })
  afterAll(async () => {
    await apps.stopAll()
    await parley.close()
  })

  it.each(sdkVersions)('is told to SDK %s: online while connected, offline after, pushed to whoever looks', async (version) => {
    const start = (identity: string) => apps.start({ version, identity, uri: parley.socketUrl, token: parley.token(identity) })
    const [bobs, alices] = [`bob-${version}`, `alice-${version}`]
    const bob = await start(bobs)
    expect(bob.client.reachabilityEnabled).toBe(true)
    await bob.sees('himself online', () => (bob.client.user.isOnline ? true : undefined))
    await parley.conversations.users.create({ identity: alices })
    const alice = await bob.client.getUser(alices)
    expect([alice.isOnline, alice.isNotifiable]).toEqual([false, false])
    bob.forget()

    const first = await start(alices)
    await bob.hears('userUpdated', ({ user, updateReasons }) => user === alice && updateReasons.includes('reachabilityOnline'))
    expect(alice.isOnline).toBe(true)
    expect((await parley.conversations.users(alices).fetch()).isOnline).toBe(true)

    const second = await start(alices)
    await first.shutdown()
    await second.client.user.updateFriendlyName('still here')
    await bob.hears('userUpdated', ({ user }) => user.friendlyName === 'still here')
    expect(alice.isOnline).toBe(true)

    bob.forget()
    await second.shutdown()
    await bob.hears('userUpdated', ({ user }) => user === alice)
    expect(alice.isOnline).toBe(false)
    expect(bob.story('userUpdated')).toEqual([`userUpdated ${alices} [reachabilityOnline]`])
    expect((await parley.conversations.users(alices).fetch()).isOnline).toBe(false)
  })

  it('begins and ends for those who are connected when the service begins or ceases to ask', async () => {
    const identity = 'constant'
    const app = await apps.start({ version: '3.0.1', identity, uri: parley.socketUrl, token: parley.token(identity) })
    const configuration = parley.conversations.services(parley.credentials.service_sid).configuration()
    const online = async () => (await parley.conversations.users(identity).fetch()).isOnline
    await app.sees('online', async () => ((await online()) ? true : undefined))
    await configuration.update({ reachabilityEnabled: false })
    await app.sees('no longer online', async () => ((await online()) ? undefined : true))
    await configuration.update({ reachabilityEnabled: true })
    await app.sees('online again', async () => ((await online()) ? true : undefined))
  })
})
