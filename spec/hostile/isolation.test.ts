import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, databases, type Parley, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { anotherAccount, ask, type Login } from '../support/rest.ts'
import { eventually } from '../support/until.ts'
import { furnish, sharedNames, type World, type WorldlyThing } from './worlds.ts'

/**
 * Who has nothing to do with a thing can neither read nor change it, nor tell whether it is there. This walks every route that the server has, so
 * that a new one is held to it, too, and one whose path has a name that is not known here fails.
 */
type Route = Parley['routes'][number]

/** What stands for a name in a path. */
interface Target {
  /** Whose things are named. */
  sids: Record<WorldlyThing, string>
  /** The service in the path. */
  service: string
}

/** Routes that are nobody's, or everybody's. */
const open = ['/healthz', '/readyz', '/metrics', '/openapi.json']

const methods = ['GET', 'POST', 'DELETE']
/** The only API of the original that knows PUT. */
const isPut = ({ method, path }: Route) => method === 'PUT' && path.startsWith('/v1/Content/')

const walked = ({ routes }: Parley, over: Route['over']) =>
  routes.filter((route) => route.over === over && (methods.includes(route.method) || isPut(route)) && !open.includes(route.path))

/** The ways to fill the names of a path: with what everybody in the target's world sees, with what is private there, and with each Sync object. */
function pathsOf({ path }: Route, { sids, service }: Target): string[] {
  const digits = (sid: string) => sid.slice(2)
  const shared: Record<string, string> = {
    chat_service_sid: service,
    service,
    account_sid: sids.account_sid,
    key_sid: sids.key_sid,
    conversation: sids.conversation,
    participant: sids.participant,
    message: sids.message,
    receipt: sids.receipt,
    user: sids.user,
    role: sids.role,
    address_configuration: sids.address_configuration,
    webhook: sids.webhook,
    delivery: sids.delivery,
    connection: sids.connection,
    job: sids.job,
    media: sids.media,
    content: sids.content,
    filename: 'secret.txt',
    registration: sids.binding,
    binding: sids.binding,
    credential: sids.credential,
    push: `PN${digits(sids.message)}`,
  }
  const hidden = {
    ...shared,
    conversation: sids.private_conversation,
    participant: sids.private_participant,
    message: sids.private_message,
  }
  const objects = [sids.conversation, sids.private_conversation].flatMap((sid) => [
    ...['ET', 'ES', 'MP'].map((prefix) => prefix + digits(sid)),
    ...['channel', 'messages', 'roster'].map((name) => `${sid}.${name}`),
  ])
  objects.push(`MC${digits(sids.user)}`, `MU${digits(sids.user)}`, `${sids.user}.conversations`, `${sids.user}.info`)
  const choices = path.includes(':object')
    ? objects.map((object) => ({ ...shared, object }))
    : path.includes(':conversation')
      ? [shared, hidden]
      : [shared]
  return choices.map((values: Record<string, string>) =>
    path.replace(/:(\w+)/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined)
        throw new Error(`The path ${path} has a name that this test does not know: what of others could stand there?`)
      return value
    }),
  )
}

/** Parameters that try to change things, and to use what belongs to the target, for every route at once: each takes what it knows. */
const forms = ({ sids }: Target): Record<string, string>[] => [
  {
    FriendlyName: 'intruder',
    Body: 'intruder',
    Attributes: '{"by":"intruder"}',
    Identity: 'intruder',
    NotificationLevel: 'muted',
    LastReadMessageIndex: '0',
    State: 'closed',
    ReachabilityEnabled: 'true',
    Target: 'webhook',
    'Configuration.Url': 'https://intruder.example.org',
    'Configuration.Filters': 'onMessageAdded',
    'NewMessage.Enabled': 'true',
    Secret: 'intruder',
    AccountSid: sids.account_sid,
  },
  {
    Identity: 'intruder',
    RoleSid: sids.role,
    MediaSid: sids.media,
    Author: 'alice',
    Body: 'intruder',
    DefaultChatServiceSid: sids.service,
    DefaultConversationRoleSid: sids.role,
    AccountSid: sids.account_sid,
    ParticipantSid: sids.phone,
    ChannelMessageSid: `SM${'1'.repeat(32)}`,
    Status: 'read',
  },
  {
    Identity: 'alice',
    FriendlyName: 'intruder',
    Type: 'conversation',
    Permission: 'sendMessage',
    Status: 'closed',
    AccountSid: sids.account_sid,
  },
]

const bodies = ({ sids }: Target): object[] => {
  const conversations = [sids.conversation, sids.private_conversation]
  const objects = [
    ...conversations.flatMap((sid) => [`ET${sid.slice(2)}`, `ES${sid.slice(2)}`, `MP${sid.slice(2)}`]),
    `MC${sids.user.slice(2)}`,
    `MU${sids.user.slice(2)}`,
  ]
  const type = (sid: string) => (sid.startsWith('ET') ? 'document' : sid.startsWith('ES') ? 'list' : 'map')
  const subscription = {
    event_protocol_version: 4,
    action: 'establish',
    correlation_id: 1,
    requests: objects.map((object_sid) => ({ object_sid, object_type: type(object_sid), last_event_id: 0 })),
  }
  return [
    ...conversations.map((ChannelSid) => ({
      ...subscription,
      ChannelSid,
      sids: conversations,
      objects: objects.map((sid) => [sid, 0]),
      friendly_name: 'intruder',
      body: 'intruder',
      attributes: '{}',
      identity: 'mallory',
    })),
    {
      body: 'intruder',
      media_sids: [sids.media],
      identity: 'alice',
      role_sid: sids.role,
      notification_level: 'muted',
      last_read_message_index: 0,
    },
    {
      attributes: '{"by":"intruder"}',
      subject: 'intruder',
      channel_type: 'fcm',
      data: { registration_id: 'x' },
      binding_type: 'fcm',
      address: `device of ${sids.user}`,
      list: [{ media_sid: sids.media }],
    },
  ]
}

interface Answered {
  status: number
  text: string
}

/** One way to reach a server: with an account's credentials, or with a user's connection and token. */
interface Attacker {
  over: Route['over']
  send(route: Route, path: string, target: Target): Promise<Answered[]>
}

const byRest = (parley: Parley, login: Login): Attacker => ({
  over: 'http',
  async send({ method }, path, target) {
    const takesJson = path.startsWith('/v1/Content') && method !== 'GET'
    const asked = takesJson
      ? [ask(parley, path, { login, method, sends: { friendly_name: 'intruder', types: { 'twilio/text': { body: 'intruder' } } } })]
      : method === 'POST'
        ? forms(target).map((form) => ask(parley, path, { login, form }))
        : [ask(parley, path, { login, method })]
    return (await Promise.all(asked)).map(({ status, text, headers }) => ({ status, text: text + JSON.stringify([...headers]) }))
  },
})

const byMediaToken = (parley: Parley, token: string): Attacker => ({
  over: 'http',
  async send({ method, path: pattern }, path, target) {
    if (!pattern.includes('Media')) return []
    const asked = { login: null, method, headers: { 'x-twilio-token': token, 'content-type': 'application/json' } }
    const body = method === 'POST' ? { body: JSON.stringify(bodies(target).at(-1)) } : {}
    const { status, text } = await ask(parley, path, { ...asked, ...body })
    return [{ status, text }]
  },
})

const byConnection = (client: RawClient): Attacker => ({
  over: 'frame',
  async send({ method }, path, target) {
    const asked =
      method === 'POST'
        ? bodies(target).map((body) => client.request(method, path, { body }))
        : [client.request(method, path, { params: { Include: 'items', PageSize: '100' } })]
    return (await Promise.all(asked)).map(({ status, body }) => ({ status, text: JSON.stringify(body) ?? '' }))
  },
})

/** SIDs that nobody has, in place of those of the target. */
function nobodys({ sids, service }: Target): Target {
  const other = (sid: string) => sid.slice(0, 2) + [...sid.slice(2)].toReversed().join('')
  const isTheirs = service === sids.service
  return {
    sids: Object.fromEntries(Object.entries(sids).map(([name, sid]) => [name, other(sid)])) as Target['sids'],
    service: isTheirs ? other(service) : service,
  }
}

/** What is seen when SIDs do not count. */
const seen = (answers: Answered[]) => answers.map(({ status, text }) => `${status} ${/"code":(\d+)/.exec(text)?.[1] ?? ''}`)

interface Walk {
  parley: Parley
  attacker: Attacker
  target: Target
  secrets: string[]
  /** Routes that the attacker may use on things of this target. */
  allowed?: (route: Route) => boolean
  /** Whether even the existence of things is none of the attacker's business. */
  blind: boolean
}

/** Tries everything, and answers what was wrong with it: secrets that were told, errors of ours, existence that was given away. */
async function walk({ parley, attacker, target, secrets, allowed = () => false, blind }: Walk): Promise<string[]> {
  const found: string[] = []
  for (const route of walked(parley, attacker.over)) {
    if (allowed(route)) continue
    const twins = pathsOf(route, nobodys(target))
    for (const [at, path] of pathsOf(route, target).entries()) {
      const answers = await attacker.send(route, path, target)
      const said = `${path} ${JSON.stringify(route.method === 'POST' ? [forms(target), bodies(target)] : [])}`
      for (const { status, text } of answers) {
        if (status >= 500) found.push(`${route.method} ${path} is answered ${status}`)
        for (const secret of secrets)
          if (text.includes(secret) && !said.includes(secret))
            found.push(`${route.method} ${path} tells "${secret}": ${text.slice(0, 300)}`)
      }
      if (!blind || !route.path.includes(':')) continue
      const same = seen(await attacker.send(route, twins[at] ?? '', nobodys(target)))
      if (seen(answers).join() !== same.join())
        found.push(`${route.method} ${path} is answered ${seen(answers)}, and ${same} when it is not there`)
    }
  }
  return found
}

const each = describe.each(databases)

each('what belongs to somebody else, on %s', (database: Database) => {
  let parley: Parley
  /** Two accounts; the first has two services. */
  let ours: World
  let sister: World
  let theirs: World
  const clients: RawClient[] = []

  const connect = async (world: World, identity: string) => {
    const client = await RawClient.start(parley.socketUrl, world.token(identity))
    clients.push(client)
    return client
  }

  beforeAll(async () => {
    parley = await startParley({ database, settings: { PARLEY_MODE: 'production' } })
    const [one, other] = [await anotherAccount(parley), await anotherAccount(parley)]
    ours = await furnish(parley, one, 'ours', 'default')
    sister = await furnish(parley, one, 'sister', 'new')
    theirs = await furnish(parley, other, 'theirs', 'default')
  })

  afterAll(async () => {
    for (const world of [ours, sister, theirs]) await world?.leave()
    for (const client of clients) {
      client.socket.terminate()
      await client.closed
    }
    await parley?.close()
  })

  /** Runs an attack on a world, which must be as it was. */
  async function unharmed(world: World, attack: () => Promise<string[]>) {
    const before = await world.inventory()
    expect(await attack()).toEqual([])
    expect(await world.inventory()).toEqual(before)
  }

  it('is closed to the credentials of another account', async () => {
    const intruder = byRest(parley, theirs.login)
    await unharmed(ours, async () => [
      ...(await walk({
        parley,
        attacker: intruder,
        target: { sids: ours.sids, service: ours.sids.service },
        secrets: ours.secrets,
        blind: true,
      })),
      ...(await walk({
        parley,
        attacker: intruder,
        target: { sids: ours.sids, service: theirs.sids.service },
        secrets: ours.secrets,
        blind: true,
        allowed: onlyNamesTheService,
      })),
    ])
  })

  it('is closed to the credentials of the account that made the account, except what accounts are for', async () => {
    const { account_sid, auth_token } = parley.credentials
    const maker = byRest(parley, { username: account_sid, password: auth_token, account_sid })
    const allowed = ({ path }: Route) => path.startsWith('/2010-04-01/') || path === '/v1/Keys'
    await unharmed(ours, () =>
      walk({
        parley,
        attacker: maker,
        target: { sids: ours.sids, service: ours.sids.service },
        secrets: ours.secrets,
        blind: true,
        allowed,
      }),
    )
  })

  it('is not found in another service of the same account', async () => {
    const secrets = sister.secrets.filter(
      (secret) => ![sister.sids.service, sister.sids.key_sid, sister.sids.credential].includes(secret) && !secret.startsWith('of '),
    )
    const allowed = (route: Route) =>
      onlyNamesTheService(route) ||
      !route.path.startsWith('/v1/') ||
      /^\/v1\/(Keys|Services|Credentials|Content|Connections)(\/:\w+)?(\/Preview|\/Check)?$/.test(route.path) ||
      /\/Configuration(\/Webhooks|\/Addresses.*)?$/.test(route.path)
    await unharmed(sister, async () => [
      ...(await walk({
        parley,
        attacker: byRest(parley, ours.login),
        target: { sids: sister.sids, service: ours.sids.service },
        secrets,
        blind: true,
        allowed,
      })),
    ])
  })

  it('is closed to the users of another account, and of another service of the same account', async () => {
    for (const world of [theirs, sister]) {
      const client = await connect(world, 'alice')
      const intruder = byConnection(client)
      await unharmed(ours, async () => [
        ...(await walk({
          parley,
          attacker: intruder,
          target: { sids: ours.sids, service: ours.sids.service },
          secrets: ours.secrets,
          blind: true,
        })),
        ...(await walk({
          parley,
          attacker: intruder,
          target: { sids: ours.sids, service: world.sids.service },
          secrets: ours.secrets,
          blind: true,
        })),
        ...(await walk({
          parley,
          attacker: byMediaToken(parley, world.token('alice')),
          target: { sids: ours.sids, service: ours.sids.service },
          secrets: ours.secrets,
          blind: true,
        })),
      ])
      // Subscriptions were tried as well: nothing that happens over there is heard.
      client.incoming.forget()
      await ours.stir()
      await client.get('/nothing')
      expect(client.incoming.all.filter(({ payload }) => ours.secrets.some((secret) => JSON.stringify(payload).includes(secret)))).toEqual(
        [],
      )
    }
  })

  it('is closed to users of the same service who take no part in it', async () => {
    const { sids } = ours
    const target: Target = {
      service: sids.service,
      sids: {
        ...sids,
        conversation: sids.private_conversation,
        participant: sids.private_participant,
        message: sids.private_message,
        media: theirs.sids.media,
        binding: theirs.sids.binding,
      },
    }
    const secrets = [
      'private attributes of ours',
      'private words of ours',
      'private talk of ours',
      sids.private_participant,
      sids.private_message,
    ]
    const client = await connect(ours, 'alice')
    // What users may do in their service: make conversations, and know each other.
    const own = ({ path }: Route) => /\/(Users\/:user(\/.*)?|Conversations|registrations)$/.test(path)
    await unharmed(ours, () => walk({ parley, attacker: byConnection(client), target, secrets, blind: false, allowed: own }))
    client.incoming.forget()
    await ours.stir()
    await client.get('/nothing')
    const heard = JSON.stringify(client.incoming.all.map(({ payload }) => payload))
    expect([sids.private_conversation, sids.private_participant].filter((sid) => heard.includes(sid))).toEqual([])
  })

  it('is not meant by the same name', async () => {
    for (const world of [ours, sister, theirs]) {
      const client = await connect(world, 'alice')
      const service = `/Client/v2/Services/${world.sids.service}`
      const named = await client.get(`${service}/Conversations/${encodeURIComponent(sharedNames.conversation)}`)
      expect(named.body.sid).toBe(world.sids.conversation)
      expect((await client.get(`${service}/Users/alice`)).body.sid).toBe(world.sids.user)
      const mine = await client.get(`${service}/Users/alice/Conversations`)
      expect(mine.body.conversations.map(({ sid }: { sid: string }) => sid)).toEqual([world.sids.conversation])
      const { login } = world
      const rest = `/v1/Services/${world.sids.service}`
      for (const [path, sid] of [
        [`${rest}/Conversations/${encodeURIComponent(sharedNames.conversation)}`, world.sids.conversation],
        [`${rest}/Users/alice`, world.sids.user],
        [`${rest}/Conversations/${world.sids.conversation}/Participants/alice`, world.sids.participant],
      ])
        expect((await ask(parley, path ?? '', { login })).json.sid).toBe(sid)
    }
  })

  it('belongs to the user who asks, whoever is named', async () => {
    const client = await connect(ours, 'alice')
    const service = `/Client/v2/Services/${ours.sids.service}`
    for (const other of ['bob', 'carol', 'nobody', theirs.sids.user, sister.sids.user]) {
      for (const path of [`${service}/Users/${other}/Conversations`, `${service}/Users/${other}/Conversations/${ours.sids.conversation}`])
        expect((await client.get(path)).status).toBe(403)
      expect(
        (await client.post(`${service}/Users/${other}/Conversations/${ours.sids.conversation}`, { last_read_message_index: 0 })).status,
      ).toBe(403)
      expect((await client.post(`${service}/Users/${other}`, { friendly_name: 'intruder' })).status).toBeGreaterThanOrEqual(403)
    }
  })

  it('is not told by refusals: who takes part in a conversation, what was said there, who holds an address', async () => {
    const { sids } = ours
    const service = `/Client/v2/Services/${sids.service}`
    const client = await connect(ours, 'alice')
    const hidden = `${service}/Conversations/${sids.private_conversation}`
    const answerTo = async (method: string, path: string) => {
      const { status, body } = await client.request(method, hidden + path, { body: { attributes: '{}', body: 'x' } })
      return `${status} ${body.code}`
    }
    for (const method of ['POST', 'DELETE']) {
      for (const who of ['carol', sids.private_participant])
        expect(await answerTo(method, `/Participants/${who}`)).toBe(await answerTo(method, '/Participants/nobody'))
      expect(await answerTo(method, `/Messages/${sids.private_message}`)).toBe(await answerTo(method, `/Messages/IM${'0'.repeat(32)}`))
    }

    const pair = { address: '+15550100001', proxy_address: '+15550100002' }
    const held = await ask(parley, `/v1/Services/${sister.sids.service}/Conversations/${sister.sids.conversation}/Participants`, {
      login: sister.login,
      form: { 'MessagingBinding.Address': pair.address, 'MessagingBinding.ProxyAddress': pair.proxy_address },
    })
    const { body } = await client.post(`${service}/Conversations`, {})
    const refused = await client.post(`${service}/Conversations/${body.sid}/Participants`, { messaging_binding: pair })
    expect(refused).toMatchObject({ status: 409, body: { code: 50416 } })
    for (const secret of [...sister.secrets, held.json.sid]) expect(JSON.stringify(refused.body)).not.toContain(secret)
  })

  it('is set by the account alone: dates, states, timers, roles', async () => {
    const service = `/Client/v2/Services/${ours.sids.service}`
    const client = await connect(ours, 'alice')
    const date_created = '2001-01-01T00:00:00Z'
    const made = await client.post(`${service}/Conversations`, { friendly_name: 'mine' })
    const own = `${service}/Conversations/${made.body.sid}`
    await client.post(`${own}/Participants`, { identity: 'alice' })
    for (const [path, body] of [
      [`${service}/Conversations`, { date_created }],
      [`${service}/Conversations`, { state: 'inactive' }],
      [`${service}/Conversations`, { timers: { closed: 'PT10M' } }],
      [`${service}/Conversations`, { bindings: { email: { address: 'a@b.example' } } }],
      [own, { state: 'closed' }],
      [`${own}/Messages`, { body: 'x', date_created }],
      [`${own}/Participants`, { identity: 'bob', date_created }],
      [`${own}/Participants`, { identity: 'bob', role_sid: ours.sids.role }],
      [`${own}/Participants/alice`, { role_sid: ours.sids.role }],
      [`${service}/Users/alice`, { role_sid: ours.sids.role }],
    ] as const)
      expect(await client.post(path, body)).toMatchObject({ status: 403, body: { code: 50107 } })
    const said = await client.post(`${own}/Messages`, { body: 'x', author: 'bob' })
    expect(said.body).toMatchObject({ author: 'alice' })
  })

  it('is not paged to with tokens of another list, or tokens that were tampered with', async () => {
    const list = (world: World, path: string) => `/v1/Services/${world.sids.service}${path}`
    await ours.stir()
    const tokens = new Set<string>()
    for (const path of [
      '/Conversations',
      '/Users',
      '/Roles',
      `/Conversations/${ours.sids.conversation}/Participants`,
      `/Conversations/${ours.sids.conversation}/Messages`,
    ]) {
      const { json } = await ask(parley, `${list(ours, path)}?PageSize=1`, { login: ours.login })
      const token = new URL(json.meta.next_page_url).searchParams.get('PageToken') ?? ''
      tokens.add(token)
      for (let at = 2; at < token.length; at += 9) tokens.add(`${token.slice(0, at)}A${token.slice(at + 1)}`)
      const fields = JSON.parse(Buffer.from(token.slice(2), 'base64url').toString())
      for (const change of [
        { cursor: ['%'] },
        { cursor: [null] },
        { cursor: [[]] },
        { cursor: [1e300] },
        { cursor: ['\0'] },
        { cursor: [] },
        { order: "asc'; drop table users" },
        { backwards: 'x' },
      ])
        tokens.add(`PT${Buffer.from(JSON.stringify({ ...fields, ...change })).toString('base64url')}`)
    }
    const own = await connect(theirs, 'alice')
    const mine = `/Client/v2/Services/${theirs.sids.service}/Users/alice/Conversations`
    const items = `/v3/Lists/ES${theirs.sids.conversation.slice(2)}/Items`
    const page = await (await connect(ours, 'alice')).get(`/v3/Lists/ES${ours.sids.conversation.slice(2)}/Items`, { PageSize: '1' })
    tokens.add(page.body.meta.next_token)
    for (const [o, s, f, b] of [
      ['asc', 1, '\0', 'behind'],
      ['asc', 1, 1e300, 'behind'],
      ['asc', 1e9, 0, 'behind'],
      ['asc', 1, {}, 'behind'],
      ['asc', 1, -1, 'before'],
    ])
      tokens.add(Buffer.from(JSON.stringify({ o, s, f, b })).toString('base64url'))
    for (const c of [[], ['\0'], [1, 2], [{}], [ours.sids.conversation]])
      tokens.add(Buffer.from(JSON.stringify({ s: 1, c })).toString('base64url'))

    for (const token of tokens) {
      for (const path of [
        '/Conversations',
        '/Users',
        '/Roles',
        `/Conversations/${theirs.sids.conversation}/Participants`,
        `/Conversations/${theirs.sids.conversation}/Messages?Order=asc`,
      ]) {
        const separator = path.includes('?') ? '&' : '?'
        const { status, text } = await ask(parley, `${list(theirs, path)}${separator}PageSize=1&PageToken=${encodeURIComponent(token)}`, {
          login: theirs.login,
        })
        expect([200, 400]).toContain(status)
        const [, shown = text] = /^([\s\S]*),"meta":/.exec(text) ?? []
        for (const secret of ours.secrets) expect(shown).not.toContain(secret)
      }
      for (const path of [mine, items, `/v3/Maps/MC${theirs.sids.user.slice(2)}/Items`]) {
        const { status, body } = await own.get(path, { PageToken: encodeURIComponent(token) })
        expect([200, 400]).toContain(status)
        const shown = JSON.stringify({ ...body, meta: null })
        for (const secret of ours.secrets) expect(shown).not.toContain(secret)
      }
    }
  })

  it('is not typed into, and nobody hears the typing of a conversation they take no part in', async () => {
    const { sids } = ours
    const [alice, bob, carol] = [await connect(ours, 'alice'), await connect(ours, 'bob'), await connect(ours, 'carol')]
    const rosters = [sids.conversation, sids.private_conversation].map((sid) => ({
      object_sid: `MP${sid.slice(2)}`,
      object_type: 'map' as const,
    }))
    for (const client of [alice, bob, carol]) await client.subscribe(...rosters)
    const type = (client: RawClient, sid: string) =>
      client.request('POST', `/Client/v2/Services/${sids.service}/TypingIndicator`, {
        body: `ChannelSid=${sid}`,
        type: 'application/x-www-form-urlencoded',
      })
    expect((await type(alice, sids.private_conversation)).status).toBe(403)
    expect((await type(alice, theirs.sids.conversation)).status).toBe(403)
    expect((await type(bob, sids.conversation)).status).toBe(200)
    await alice.incoming.first('that bob types', ({ header }) => header.message_type === 'twilio.ipmsg.typing_indicator')
    const isTyping = ({ header }: { header: { message_type?: string } }) => header.message_type === 'twilio.ipmsg.typing_indicator'
    await carol.get('/nothing')
    expect(carol.incoming.all.filter(isTyping)).toEqual([])
    expect(bob.incoming.all.filter(isTyping)).toEqual([])
  })

  describe('stops at once', () => {
    const objects = (sid: string) => [
      { object_sid: `ET${sid.slice(2)}`, object_type: 'document' as const },
      { object_sid: `ES${sid.slice(2)}`, object_type: 'list' as const },
      { object_sid: `MP${sid.slice(2)}`, object_type: 'map' as const },
    ]
    const inService = () => parley && helperOf(ours)
    const helperOf = (world: World) => ({
      conversations: async (form: Record<string, string>) =>
        (await ask(parley, `/v1/Services/${world.sids.service}/Conversations`, { login: world.login, form })).json.sid as string,
      post: (path: string, form: Record<string, string>) =>
        ask(parley, `/v1/Services/${world.sids.service}${path}`, { login: world.login, form }),
      remove: (path: string) => ask(parley, `/v1/Services/${world.sids.service}${path}`, { login: world.login, method: 'DELETE' }),
    })

    /** Everything that can happen in a conversation, and that only those hear who take part. */
    const happen = async (sid: string, words: string) => {
      const { post } = inService()
      await post(`/Conversations/${sid}/Messages`, { Author: 'somebody', Body: words })
      await post(`/Conversations/${sid}`, { FriendlyName: words, Attributes: JSON.stringify({ words }) })
      await post(`/Conversations/${sid}/Participants`, { Identity: words })
    }

    const hears = (client: RawClient, words: string) => client.events.some(({ event }) => JSON.stringify(event).includes(words))

    it('for whoever is removed, also when they watch nothing but the messages', async () => {
      const { conversations, post, remove } = inService()
      for (const watched of [[0, 1, 2], [1], [0], [2]]) {
        const sid = await conversations({})
        await post(`/Conversations/${sid}/Participants`, { Identity: 'dora' })
        await post(`/Conversations/${sid}/Participants`, { Identity: 'emil' })
        const [dora, emil] = [await connect(ours, 'dora'), await connect(ours, 'emil')]
        const all = objects(sid)
        await dora.subscribe(...watched.map((at) => all[at] as (typeof all)[number]))
        await emil.subscribe(...all)
        await happen(sid, 'while both are here')
        await eventually('what happens while both are here', () => (hears(dora, 'while both are here') ? true : undefined))

        await remove(`/Conversations/${sid}/Participants/dora`)
        await happen(sid, 'when dora is gone')
        await emil.hears(({ event }) => event.item_data?.identity === 'when dora is gone')
        const results = await dora.subscribe(...all.map((object) => ({ ...object, last_event_id: 0 })))
        // She answered after everything: nothing came in between, and nothing can be had.
        expect(hears(dora, 'when dora is gone')).toBe(false)
        expect(results.map(({ event_type }) => event_type)).toEqual(Array(3).fill('subscription_failed'))
        for (const { object_sid } of all)
          for (const kind of ['Documents', 'Lists', 'Maps']) expect((await dora.get(`/v3/${kind}/${object_sid}`)).status).toBe(404)
      }
    })

    it.each(['the role of the user', 'what the role allows'])('for whoever watched by a role, when that changes: %s', async (changed) => {
      const { conversations, post } = inService()
      const { json: role } = await post('/Roles', { FriendlyName: 'overseer', Type: 'service', Permission: 'deleteAnyMessage' })
      const { json: plain } = await post('/Roles', { FriendlyName: 'plain', Type: 'service', Permission: 'joinConversation' })
      const identity = `overseer ${changed}`
      await post('/Users', { Identity: identity, RoleSid: role.sid })
      const sid = await conversations({})
      const overseer = await connect(ours, identity)
      const results = await overseer.subscribe(...objects(sid))
      expect(results.map(({ event_type }) => event_type)).toEqual(Array(3).fill('subscription_established'))

      if (changed === 'the role of the user') await post(`/Users/${encodeURIComponent(identity)}`, { RoleSid: plain.sid })
      else await post(`/Roles/${role.sid}`, { Permission: 'joinConversation' })
      await happen(sid, 'in private')
      await overseer.closed
      expect(hears(overseer, 'in private')).toBe(false)
      const again = await connect(ours, identity)
      expect((await again.subscribe(...objects(sid))).map(({ event_type }) => event_type)).toEqual(Array(3).fill('subscription_failed'))
    })

    it('for whoever made a conversation, and was taken out of it', async () => {
      const { post, remove } = inService()
      const founder = await connect(ours, 'founder')
      const service = `/Client/v2/Services/${ours.sids.service}`
      const { body } = await founder.post(`${service}/Conversations`, { friendly_name: 'founded' })
      await founder.post(`${service}/Conversations/${body.sid}/Participants`, { identity: 'founder' })
      await founder.subscribe(...objects(body.sid))
      await remove(`/Conversations/${body.sid}/Participants/founder`)
      await post(`/Conversations/${body.sid}/Messages`, { Body: 'among ourselves' })
      await founder.get('/nothing')
      expect(hears(founder, 'among ourselves')).toBe(false)
      for (const path of [`/v3/Lists/ES${body.sid.slice(2)}`, `/v3/Maps/MP${body.sid.slice(2)}`, `/v3/Lists/ES${body.sid.slice(2)}/Items`])
        expect((await founder.get(path)).status).toBe(404)
      for (const [method, path] of [
        ['POST', '/Messages'],
        ['POST', '/Participants'],
        ['POST', ''],
        ['DELETE', ''],
      ] as const)
        expect(
          (
            await founder.request(method, `${service}/Conversations/${body.sid}${path}`, {
              body: { body: 'x', friendly_name: 'x', identity: 'friend' },
            })
          ).status,
        ).toBe(403)
    })
  })
})

/** Of such routes only the service is somebody's, and here it is the attacker's own. */
function onlyNamesTheService({ path }: Route): boolean {
  return !path.replace(/:(chat_service_sid|service)\b/g, '').includes(':')
}
