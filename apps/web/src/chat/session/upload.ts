/** Called with the part of a file that is sent, from 0 to 1. */
export type Progress = (sent: number) => void

const watchers = new WeakMap<object, Progress>()

/** Says how an upload of this file gets on. */
export const watchUpload = (file: Blob, progress: Progress): void => void watchers.set(file, progress)

/**
 * `fetch` for the client's media. An upload whose file is watched goes by `XMLHttpRequest`, the only one in browsers that tells how far it is.
 */
export async function fetchWithProgress(url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const progress = init.body instanceof Blob ? watchers.get(init.body) : undefined
  if (!progress) return fetch(url, init)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(init.method ?? 'GET', String(url))
    for (const [name, value] of Object.entries(init.headers ?? {})) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }))
    request.onerror = () => reject(new TypeError('The upload broke off'))
    request.onabort = () => reject(new DOMException('The upload was stopped', 'AbortError'))
    init.signal?.addEventListener('abort', () => request.abort())
    request.send(init.body as Blob)
  })
}
