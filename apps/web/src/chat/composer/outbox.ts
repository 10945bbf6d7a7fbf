import { type Client, type Conversation, type Message, RequestError, RequestLostError, type UnsentMessage } from '@parley/client'
import { create } from 'zustand'
import { watchUpload } from '../session/upload.ts'
import { descriptionsAttribute, type Size, sizesAttribute } from '../thread/described-media.ts'
import { forget, type KeptMessage, keep, kept } from './kept-messages.ts'
import { sizeOfPicture } from './size-of-picture.ts'

/** A message on its way. */
export interface Unsent extends KeptMessage {
  state: 'waiting' | 'sending' | 'failed'
  /** Part of its files that is uploaded, from 0 to 1. */
  progress: number
  reason: string | null
  code: number | null
}

/** Messages that the server does not have yet, in the order in which they were written. */
export const useOutbox = create<{ unsent: readonly Unsent[] }>(() => ({ unsent: [] }))

/** Recent messages among which one is looked for that may have arrived. */
const lookedThrough = 100

let client: Client | undefined
/** Conversations that something is being sent to: one message at a time, so that their order stays. */
const busy = new Map<string, { cancel(): void }>()

/** What is being sent, or could not be, with the files of it that are uploaded already. */
const prepared = new Map<string, UnsentMessage>()

const list = () => useOutbox.getState().unsent
const change = (id: string, changes: Partial<Unsent>) =>
  useOutbox.setState({ unsent: list().map((one) => (one.id === id ? { ...one, ...changes } : one)) })
const remove = (id: string) => {
  useOutbox.setState({ unsent: list().filter((one) => one.id !== id) })
  prepared.delete(id)
  void forget(id)
}
const begun = (message: KeptMessage): Unsent => ({ ...message, state: 'waiting', progress: 0, reason: null, code: null })

/** Takes up what this user left unsent, here or in an earlier life of the page. */
export async function openOutbox(of: Client, identity: string): Promise<void> {
  client = of
  busy.clear()
  prepared.clear()
  useOutbox.setState({ unsent: [] })
  const found = await kept(identity)
  if (client !== of) return
  useOutbox.setState({ unsent: [...found.map(begun), ...list()] })
  for (const { conversation } of found) void sendNext(conversation)
}

/** Gives up all that this user has not sent. */
export async function emptyOutbox(): Promise<void> {
  const unsent = list()
  busy.clear()
  client = undefined
  for (const { id } of unsent) remove(id)
  await Promise.all(unsent.map(({ id }) => forget(id)))
}

/** Sends a message as soon as its turn comes. It is shown at once, and kept until the server has it. */
export function send(message: Omit<KeptMessage, 'id' | 'written' | 'isDoubtful'>): void {
  const whole = begun({ ...message, id: crypto.randomUUID(), written: Date.now(), isDoubtful: false })
  useOutbox.setState({ unsent: [...list(), whole] })
  void keep(toKeep(whole))
  void sendNext(whole.conversation)
}

/** Tries again to send what could not be sent. */
export function retry(id: string): void {
  const message = list().find((one) => one.id === id)
  if (message?.state !== 'failed') return
  change(id, { state: 'waiting', reason: null, code: null })
  void sendNext(message.conversation)
}

/** Gives a message up: stops its upload when it is at it. */
export function discard(id: string): void {
  const message = list().find((one) => one.id === id)
  if (message?.state === 'sending') busy.get(message.conversation)?.cancel()
  remove(id)
}

/** By what a message on the server is known to be one of the outbox. */
export function localIdOf({ attributes }: Pick<Message, 'attributes'>): string | null {
  const id = typeof attributes === 'object' && attributes !== null && 'local_id' in attributes ? attributes['local_id'] : null
  return typeof id === 'string' ? id : null
}

const toKeep = ({ state: _, progress: __, reason: ___, code: ____, ...message }: Unsent): KeptMessage => message

async function sendNext(conversationSid: string): Promise<void> {
  const next = list().find((one) => one.conversation === conversationSid && one.state !== 'failed')
  const mine = client
  if (!next || !mine || busy.has(conversationSid)) return
  let cancel = () => {}
  busy.set(conversationSid, { cancel: () => cancel() })
  change(next.id, { state: 'sending' })
  try {
    const conversation = await mine.getConversationBySid(conversationSid)
    if (!(next.isDoubtful && (await isThere(conversation, next.id)))) {
      // Should the page end now, nobody knows whether the message arrived.
      change(next.id, { isDoubtful: true })
      await keep({ ...toKeep(next), isDoubtful: true })
      const sizes: (Size | null)[] = []
      for (const file of next.files) sizes.push(await sizeOfPicture(file))
      if (client !== mine || !list().some(({ id }) => id === next.id)) return
      const message = prepared.get(next.id) ?? prepare(conversation, next, sizes).build()
      prepared.set(next.id, message)
      const sending = message.send()
      cancel = () => sending.cancel()
      await sending
    }
    if (client === mine) remove(next.id)
  } catch (error) {
    if (client === mine && list().some(({ id }) => id === next.id)) failed(next, error)
  } finally {
    if (client === mine) {
      busy.delete(conversationSid)
      void sendNext(conversationSid)
    }
  }
}

function failed({ id }: Unsent, error: unknown): void {
  // Without an answer it may be there: that is looked up before it is sent again.
  if (error instanceof RequestLostError && error.reason === 'outcome-unknown') change(id, { state: 'waiting', isDoubtful: true })
  else change(id, { state: 'failed', reason: (error as Error).message, code: error instanceof RequestError ? error.code : null })
}

async function isThere(conversation: Conversation, id: string): Promise<boolean> {
  const { items } = await conversation.getMessages(lookedThrough)
  return items.some((message) => localIdOf(message) === id)
}

function prepare(conversation: Conversation, { id, text, files, descriptions, reply }: Unsent, sizes: readonly (Size | null)[]) {
  const builder = conversation.prepareMessage().setAttributes({
    local_id: id,
    ...(reply ? { reply_to: reply } : {}),
    ...(descriptions.some((one) => one !== '') ? { [descriptionsAttribute]: descriptions } : {}),
    ...(sizes.some(Boolean) ? { [sizesAttribute]: sizes.map((size) => size && [size.width, size.height]) } : {}),
  })
  if (text) builder.setBody(text)
  const whole = files.reduce((sum, { size }) => sum + size, 0) || 1
  const sent = files.map(() => 0)
  files.forEach((file, at) => {
    watchUpload(file, (part) => {
      sent[at] = part * file.size
      change(id, { progress: sent.reduce((sum, bytes) => sum + bytes, 0) / whole })
    })
    builder.addMedia({ contentType: file.type || 'application/octet-stream', filename: file.name, media: file })
  })
  return builder
}
