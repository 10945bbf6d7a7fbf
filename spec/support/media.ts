import type { MediaRecord } from '@parley/protocol'
import type { Parley } from './parley.ts'

/** Whoever uses the media service: somebody's app, by the identity in its token, or a server, with the account's token. */
export type MediaUser = { identity: string } | 'server'

export interface UploadOptions {
  as?: MediaUser
  type?: string
  category?: string
  filename?: string
}

/** The media service of a server, spoken to in plain HTTP. */
export function mediaService(parley: Parley) {
  const { account_sid, auth_token, service_sid } = parley.credentials
  const base = `${parley.url}/v1/Services/${service_sid}/Media`

  const credentials = (as: MediaUser): Record<string, string> =>
    as === 'server'
      ? { authorization: `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}` }
      : { 'x-twilio-token': parley.token(as.identity) }

  const post = (body: RequestInit['body'], { as = 'server', type, category, filename }: UploadOptions = {}): Promise<Response> => {
    const url = new URL(base)
    if (category !== undefined) url.searchParams.set('Category', category)
    if (filename !== undefined) url.searchParams.set('Filename', filename)
    const headers = { ...credentials(as), ...(type === undefined ? {} : { 'content-type': type }) }
    return fetch(url, {
      method: 'POST',
      headers,
      body: body as BodyInit,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    } as RequestInit)
  }

  return {
    base,
    credentials,
    post,

    /** Uploads a file. @throws when it is refused */
    async upload(body: RequestInit['body'], options: UploadOptions = {}): Promise<MediaRecord> {
      const answer = await post(body, options)
      if (answer.status !== 201) throw new Error(`The upload was answered ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as MediaRecord
    },

    /** Asks for something of a media: its record, or `/Content`. */
    get: (
      sid: string,
      { as = 'server', path = '', headers = {} }: { as?: MediaUser; path?: string; headers?: Record<string, string> } = {},
    ) => fetch(`${base}/${sid}${path}`, { headers: { ...credentials(as), ...headers } }),

    /** Asks for several records at once. */
    set: (body: unknown, as: MediaUser = 'server') =>
      fetch(`${base}Set`, {
        method: 'POST',
        headers: { ...credentials(as), 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}
export type MediaService = ReturnType<typeof mediaService>
