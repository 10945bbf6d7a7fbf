import type { Rest } from './rest.ts'

/** What somebody is called who may do certain things. */
export interface Role {
  readonly sid: string
  readonly friendlyName: string
  readonly type: 'conversation' | 'service'
}

/** How long a role is kept, in milliseconds, and how many. */
const lasts = 60_000
const most = 100

/** Roles that were asked for: they are few, and change seldom. */
export class Roles {
  readonly #known = new Map<string, { until: number; role: Promise<Role> }>()

  constructor(private readonly rest: Rest) {}

  get(sid: string): Promise<Role> {
    const known = this.#known.get(sid)
    if (known && Date.now() < known.until) return known.role
    if (this.#known.size >= most) this.#known.clear()
    const role = this.#read(sid)
    this.#known.set(sid, { until: Date.now() + lasts, role })
    role.catch(() => this.#known.delete(sid))
    return role
  }

  async #read(sid: string): Promise<Role> {
    const answer = await this.rest.get<{ sid: string; friendly_name: string; type: Role['type'] }>(
      `/Client/v2/Roles/${encodeURIComponent(sid)}`,
    )
    return { sid: answer.sid, friendlyName: answer.friendly_name, type: answer.type }
  }
}
