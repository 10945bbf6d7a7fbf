import type { Clock } from '../base/clock.ts'
import { type OutwardGuard, TargetRefused } from '../base/outward-guard.ts'
import type { PushOutcome, PushSender, PushTarget } from '../domain/push/push-sender.ts'
import { createApns } from './apns.ts'
import { createFcm } from './fcm.ts'
import { createHttpCaller } from './http-call.ts'
import { countPush } from './metrics.ts'
import { createWebPush, type VapidKeys } from './web-push.ts'

export interface PushDoorOptions {
  /** Time as the providers have it. */
  pacing: Clock
  vapid: VapidKeys
  /** Whom the people of a push service may write to: `mailto:` or `https:`. */
  subject: () => string
  fcmUrl: string
  oauthUrl: string
  apnsUrl: string
  apnsSandboxUrl: string
  /** File with more certificate authorities. */
  ca: string | undefined
  /** Where pushes to browsers may go: their addresses come from clients. */
  guard: OutwardGuard
  /** Whether they may go without TLS, for those who develop. */
  plainAllowed: boolean
}

/** The door to the providers of pushes. */
export interface PushDoor extends PushSender {
  close(): Promise<void>
}

export function createPushDoor({ guard, plainAllowed, ...options }: PushDoorOptions): PushDoor {
  const http = createHttpCaller({ ca: options.ca })
  const browsers = createHttpCaller({ ca: options.ca, guard })
  const fcm = createFcm({ ...options, http })
  const apns = createApns(options)
  const webPush = createWebPush({ ...options, http: browsers })

  /** As far as can be seen from it; what a name leads to is asked when it is connected to. */
  function mayCall(address: string): boolean {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || url.username || url.password || url.hash) return false
    if (url.protocol !== 'https:' && !(plainAllowed && url.protocol === 'http:')) return false
    try {
      guard.assertHost(url.hostname)
      return true
    } catch (refused) {
      if (refused instanceof TargetRefused) return false
      throw refused
    }
  }

  const sendBy: PushSender['send'] = async (target, notice) => {
    const { access, address } = target
    if (target.binding_type === 'webpush') return mayCall(address) ? webPush.send(target, notice) : forbidden(address)
    if (!access) throw new TypeError(`A push for ${target.binding_type} needs a credential`)
    return access.method === 'fcm service account' ? fcm.send(access, target, notice) : apns.send(access, target, notice)
  }

  async function counted({ binding_type }: PushTarget, send: () => Promise<PushOutcome>): Promise<PushOutcome> {
    const began = options.pacing.now()
    const outcome = await send()
    countPush(binding_type, outcome.kind, options.pacing.now() - began)
    return outcome
  }

  return {
    mayCall,
    send: (target, notice) => counted(target, () => sendBy(target, notice)),
    sendBadge: (target, badge) =>
      counted(target, async () => {
        const { access, binding_type } = target
        if (!access || access.method === 'fcm service account') throw new TypeError(`There is no badge for ${binding_type}`)
        return apns.sendBadge(access, target, badge)
      }),
    async close() {
      apns.close()
      await Promise.all([http.close(), browsers.close()])
    },
  }
}

const forbidden = (address: string): PushOutcome => ({
  kind: 'gone',
  reason: 'address-refused',
  status: null,
  answer: `${address} is no public https address`,
  id: null,
  payload: null,
})
