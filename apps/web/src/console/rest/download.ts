import { ask } from './rest.ts'

/** Fetches what only this session may have, and hands it to the browser as a file. @throws Refusal, Unreachable */
export async function download(path: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await (await ask('GET', path)).blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
