import { mkdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { type Clock, createClock, type MovableClock } from './base/clock.ts'
import type { Settings } from './base/config.ts'
import { createIds } from './base/ids.ts'
import type { Log } from './base/log.ts'
import { addressReader, forwardedReader, originReader } from './base/origin.ts'
import { createOutwardGuard } from './base/outward-guard.ts'
import { readSecretKey } from './base/secret-key.ts'
import { createSigner } from './base/signer.ts'
import { createVault } from './base/vault.ts'
import { type Credentials, ensureFirstAccount } from './domain/accounts/first-start.ts'
import { Connections } from './domain/connections/connections.ts'
import { forgetConsoleSessions } from './domain/console/console-sessions.ts'
import { createSignInAttempts } from './domain/console/sign-in-attempts.ts'
import type { ConsoleSurroundings, Context } from './domain/context.ts'
import { runConversationTimers } from './domain/conversations/apply-timers.ts'
import { assembling, conversationAssembler } from './domain/conversations/create-with-participants.ts'
import { collectMedia } from './domain/media/collect-media.ts'
import { MetricsHistory, metricsInterval } from './domain/metrics/metrics-history.ts'
import { pushDeliverer } from './domain/push/deliver-push.ts'
import { createDevicePresence } from './domain/push/device-presence.ts'
import { receiverFinder } from './domain/push/find-receivers.ts'
import { forgetPushes } from './domain/push/forget-pushes.ts'
import { createPushAudience } from './domain/push/push-audience.ts'
import { deliveryJobKind, happeningJobKind } from './domain/push/push-jobs.ts'
import { badgeJobKind, badgeUpdater } from './domain/push/update-badge.ts'
import { ensureVapidKeys } from './domain/push/vapid-keys.ts'
import { createQuotas } from './domain/quotas.ts'
import { mintAccessToken } from './domain/tokens/mint-access-token.ts'
import { eraseSome } from './domain/users/erase-user.ts'
import { createPresence } from './domain/users/presence.ts'
import { forgetDeliveries } from './domain/webhooks/forget-deliveries.ts'
import { createListeners } from './domain/webhooks/listeners.ts'
import { replayHandler, replayJobs } from './domain/webhooks/replay-messages.ts'
import { createHttpDoor } from './http/http-door.ts'
import { measureJobs } from './jobs/metrics.ts'
import { runPurge } from './jobs/purge.ts'
import { repeat } from './jobs/repeat.ts'
import { runJobs } from './jobs/runner.ts'
import { serveMedia } from './media/media-door.ts'
import { createPushDoor } from './push/push-door.ts'
import { RealtimeDoor } from './realtime/realtime-door.ts'
import { openBlobs } from './storage/blobs/open-blobs.ts'
import { openStore } from './storage/open-store.ts'
import { webhookJobs } from './storage/webhook-deliveries.ts'
import { openWebhookDoor } from './webhooks/webhook-door.ts'

/** A method and a path, with its names as in `/v1/Conversations/:conversation`. */
export interface ServedRoute {
  over: 'http' | 'frame'
  method: string
  path: string
}

/** A server that serves. */
export interface RunningServer {
  /** Base of its URLs, as clients reach it. */
  url: string
  credentials: Credentials
  /** Whether this start made the account. */
  firstStart: boolean
  /** Everything that can be asked, and over what: `http`, or a frame of a websocket. */
  routes: readonly ServedRoute[]
  /** An access token for the default service, good for a day. */
  token(identity: string): Promise<string>
  /** The clock, to be moved by tests and in development mode. */
  clock: MovableClock
  /** By which connections and nodes live and die; only tests move it. */
  pacing: MovableClock
  /** Answers what is under way, ends all connections and lets go of the database. */
  close(): Promise<void>
}

/** What a server finds where it runs. */
export interface Surroundings {
  /** File of the thread that calls receivers of webhooks; when absent they are called by the thread of everything else. */
  callingThread?: URL | undefined
}

/**
 * Wires the parts together: the only place that knows them all. Opens the database first, the doors last; when anything fails on the way, what
 * was opened is closed again.
 */
export async function startServer(settings: Settings, log: Log, { callingThread }: Surroundings = {}): Promise<RunningServer> {
  const clock = createClock()
  // Liveness of connections and nodes is a matter of the machine's time, which nobody moves.
  const pacing = createClock()
  const ids = createIds(clock.now)
  // What is in there is nobody else's business on the machine.
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
  const secretKey = readSecretKey(settings)
  const store = await openStore(settings, clock, log)
  const opened: (() => Promise<void>)[] = [() => store.close()]

  try {
    const blobs = await openBlobs(settings.media)
    opened.unshift(async () => blobs.close())
    const vault = createVault(secretKey)
    const vapid = await ensureVapidKeys({ store, clock, vault })
    let url = settings.publicUrl ?? ''
    const publicUrl = () => url
    const rules = { allowed: settings.allowedTargets ?? [], loopback: settings.mode === 'development' }
    const originOf = originReader({
      fixed: settings.publicUrl,
      otherwise: publicUrl,
      tls: settings.tls !== undefined,
      trusted: settings.trustedProxies,
    })
    const push = createPushDoor({
      pacing,
      vapid,
      // Push services of browsers take nothing but https for a URL.
      subject: () => settings.pushSubject ?? url.replace(/^http:/, 'https:'),
      fcmUrl: settings.pushFcmUrl,
      oauthUrl: settings.pushOauthUrl,
      apnsUrl: settings.pushApnsUrl,
      apnsSandboxUrl: settings.pushApnsSandboxUrl,
      ca: settings.pushCa,
      guard: createOutwardGuard(rules),
      plainAllowed: settings.mode === 'development',
    })
    opened.unshift(() => push.close())
    const audience = createPushAudience({ store, pacing, log })
    const webhooks = openWebhookDoor({ store, clock, pacing, ids, vault, log, settings, rules, callingThread })
    opened.unshift(() => webhooks.close())
    const node_sid = ids.uuid()
    const addressOf = addressReader(settings.trustedProxies)
    const connections = new Connections(node_sid)
    const ctx: Context = {
      store,
      clock,
      ids,
      limits: settings.limits,
      quotas: createQuotas(settings.limits, clock),
      vault,
      log,
      webhooks: webhooks.caller,
      listeners: createListeners(store, clock, {
        flows: settings.studioFlows ?? new Map(),
        hearRest: settings.webhookWithoutHeader === 'fire',
      }),
      media: { blobs, signer: createSigner(secretKey, 'media links'), urlSeconds: settings.mediaUrlSeconds },
      push: { sender: push, audience, pacing },
      proxyAddresses: settings.proxyAddresses,
      connections,
      metrics: new MetricsHistory({ store, pacing, connections }),
      settings: settings.inForce,
      console: settings.pages.has('console') ? consoleSurroundings(settings, secretKey, clock) : undefined,
    }
    const { credentials, created } = await ensureFirstAccount(ctx, settings)

    const presence = createPresence(ctx, pacing, node_sid)
    opened.unshift(() => presence.close())
    const devices = createDevicePresence(ctx, audience, pacing, node_sid)
    opened.unshift(() => devices.close())
    const realtime = new RealtimeDoor(ctx, {
      originOf,
      forwardedOf: forwardedReader(settings.trustedProxies),
      pacing,
      presence,
      devices,
      applicationServerKey: vapid.publicKey,
    })
    opened.unshift(() => realtime.close())
    store.onCommit((changes) => realtime.tell(changes))
    const timers = runConversationTimers(ctx)
    opened.unshift(() => timers.close())
    const collector = repeat({ clock, log, failed: 'Media could not be collected', every: collectEvery, run: () => collectMedia(ctx) })
    opened.unshift(() => collector.close())
    const erasures = repeat({ clock, log, failed: 'A user could not be erased', every: eraseEvery, run: () => eraseSome(ctx) })
    opened.unshift(() => erasures.close())
    const oldPushes = repeat({
      clock,
      log,
      failed: 'Old pushes could not be forgotten',
      every: forgetEvery,
      run: () => forgetPushes(ctx, settings.pushLogDays),
    })
    opened.unshift(() => oldPushes.close())
    const purge = runPurge(ctx)
    opened.unshift(() => purge.close())
    const forgetting = repeat({
      clock,
      log,
      failed: 'The log of webhooks could not be shortened',
      every: forgetEvery,
      run: () => forgetDeliveries(ctx, settings.webhookRetentionDays * 86_400_000),
    })
    opened.unshift(() => forgetting.close())
    const signedOut = repeat({
      clock,
      log,
      failed: 'Ended sessions of the console could not be forgotten',
      every: forgetEvery,
      run: () => forgetConsoleSessions(ctx),
    })
    opened.unshift(() => signedOut.close())
    const measuring = repeat({
      // How the node is, is a matter of the machine's time.
      clock: pacing,
      log,
      failed: 'What this node measures could not be written down',
      every: metricsInterval,
      run: async () => {
        await ctx.metrics.record()
        return false
      },
    })
    opened.unshift(() => measuring.close())
    const uncount = measureJobs(store)
    opened.unshift(async () => uncount())
    const jobs = runJobs(
      { store, clock, pacing, ids, log },
      {
        [webhookJobs]: webhooks.handler,
        [replayJobs]: replayHandler(ctx),
        [assembling]: conversationAssembler(ctx),
        [happeningJobKind]: receiverFinder(ctx),
        [deliveryJobKind]: pushDeliverer(ctx, settings.pushConcurrency),
        [badgeJobKind]: badgeUpdater(ctx),
      },
    )
    // Both at once: the one waits for what the other has under way.
    opened.unshift(async () => void (await Promise.all([jobs.close(), webhooks.close()])))

    const app = createHttpDoor(ctx, {
      publicUrl,
      originOf,
      addressOf,
      mode: settings.mode,
      pages: settings.pages,
      clock,
      pacing,
      tls: readTls(settings),
    })
    // Both at once: HTTP ends with its last socket, and those of the clients are among them.
    opened.unshift(async () => void (await Promise.all([app.close(), realtime.close()])))
    serveMedia(app, ctx, { originOf, pacing })
    realtime.attach(app.server)
    await app.listen({ host: settings.host, port: settings.port })
    url ||= urlOf(settings, app.server.address() as AddressInfo)

    return {
      url,
      credentials,
      firstStart: created,
      clock,
      pacing,
      routes: [
        ...app.served.map((route) => ({ over: 'http' as const, ...route })),
        ...realtime.routes.served.map((route) => ({ over: 'frame' as const, ...route })),
      ],
      token: (identity) => tokenFor(ctx, credentials, identity),
      async close() {
        for (const close of opened) await close()
      },
    }
  } catch (error) {
    for (const close of opened) await close()
    throw error
  }
}

const consoleSurroundings = ({ consoleSessionMinutes }: Settings, secretKey: Buffer, clock: Clock): ConsoleSurroundings => ({
  signer: createSigner(secretKey, 'console sessions'),
  lifetime: consoleSessionMinutes * 60_000,
  attempts: createSignInAttempts(clock),
})

/** How often users to be erased are looked for, in milliseconds. */
const eraseEvery = 1_000
/** How often what is too old in the logs of webhooks and pushes is looked for, in milliseconds. */
const forgetEvery = 60_000

/** How often expired media are looked for, in milliseconds. */
const collectEvery = 60_000

const tokenLifetimeSeconds = 86_400

async function tokenFor(ctx: Context, { api_key_sid, service_sid }: Credentials, identity: string): Promise<string> {
  const key = await ctx.store.read.accounts.findKey(api_key_sid)
  if (!key) throw new Error('The account has no API key to sign tokens with')
  return mintAccessToken(ctx, { key, chat_service_sid: service_sid, identity, lifetime_seconds: tokenLifetimeSeconds })
}

function readTls({ tls }: Settings): { cert: Buffer; key: Buffer } | undefined {
  return tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) }
}

function urlOf({ host, tls }: Settings, { port }: AddressInfo): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}
