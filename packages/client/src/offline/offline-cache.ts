import type { Client } from '../client.ts'
import type { Conversation } from '../conversation.ts'
import type { Message } from '../message.ts'
import { answered, Database, type IndexedDBSurroundings, type Stores } from './database.ts'
import { type KeptConversation, type KeptMessage, keptConversation, keptMessage } from './kept.ts'

export interface OfflineCacheOptions {
  /** Messages of a conversation that are kept at most: the newest; 100 when absent. */
  messagesPerConversation?: number
  /** Where to keep things; the browser's own place when absent. */
  surroundings?: IndexedDBSurroundings
  /** Hears when something could not be kept: the place is full, or was taken away. The app goes on without. */
  onError?: (error: unknown) => void
}

type Places = 'conversations' | 'messages'
type Change = (stores: Stores<Places>) => Promise<void>

const usualMessages = 100

/**
 * What a user saw last, in the browser's own database: for the first screen before there is a connection, or while there is none.
 *
 * Of each conversation it keeps the newest messages without a gap. When messages were missed while the app was closed, what is older goes: a list
 * with a hole would look whole.
 */
export class OfflineCache {
  #waiting: Change[] = []
  #writing: Promise<void> | undefined

  private constructor(
    private readonly database: Database<Places>,
    private readonly most: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  /**
   * Opens the cache of one user. `owner` names them, as an app knows them before there is a token: another name never sees what is kept here.
   *
   * @throws where the environment keeps nothing, as in some private windows
   */
  static async open(owner: string, options: OfflineCacheOptions = {}): Promise<OfflineCache> {
    const keys = { conversations: 'sid', messages: ['conversationSid', 'index'] }
    const database = await Database.open<Places>(`parley-conversations ${owner}`, keys, options.surroundings)
    const most = Math.max(1, options.messagesPerConversation ?? usualMessages)
    return new OfflineCache(database, most, options.onError ?? (() => {}))
  }

  /** The user's conversations, the one with the latest activity first. */
  async conversations(): Promise<KeptConversation[]> {
    await this.settled()
    const kept = await this.database.run('readonly', ({ conversations }) => answered(conversations.getAll()) as Promise<KeptConversation[]>)
    const activity = ({ lastMessage, dateCreated }: KeptConversation) => (lastMessage?.dateCreated ?? dateCreated)?.getTime() ?? 0
    return kept.sort((a, b) => activity(b) - activity(a))
  }

  /** The newest messages of a conversation, in their order. */
  async messages(conversationSid: string): Promise<KeptMessage[]> {
    await this.settled()
    return this.database.run('readonly', (stores) => this.#block(stores, conversationSid))
  }

  /** Keeps what a client hears, until it is shut down or the returned function is called. */
  follow(client: Client): () => void {
    const listeners = {
      conversationJoined: (conversation: Conversation) => this.#change(this.#joined(conversation)),
      conversationUpdated: ({ conversation }: { conversation: Conversation }) => this.#keepConversation(conversation),
      conversationLeft: ({ sid }: Conversation) => this.#change(this.#forget(sid)),
      conversationRemoved: ({ sid }: Conversation) => this.#change(this.#forget(sid)),
      messageAdded: (message: Message) => this.#change(this.#added(message)),
      messageUpdated: ({ message }: { message: Message }) => this.#change(this.#updated(message)),
      messageRemoved: (message: Message) => this.#change(this.#removed(message)),
    }
    const names = Object.keys(listeners) as (keyof typeof listeners)[]
    for (const name of names) client.on(name, listeners[name] as never)
    let isFollowing = true
    void this.#takeAll(client, () => isFollowing).catch(this.failed)
    return () => {
      isFollowing = false
      for (const name of names) client.off(name, listeners[name] as never)
    }
  }

  /**
   * Keeps a page that the app has loaded, in the order of its indexes and without a gap, as `getMessages` answers it. A page that does not touch
   * what is kept is left alone.
   */
  keep(page: readonly Message[]): void {
    const [first] = page
    if (!first) return
    const newest = first.conversation.lastMessage?.index
    const pages = page.map(keptMessage)
    this.#change(async (stores) => {
      const block = await this.#block(stores, first.conversation.sid)
      const [low, high] = [first.index, (page.at(-1) as Message).index]
      const touches =
        block.length === 0 ? high === newest : low <= (block.at(-1) as KeptMessage).index + 1 && high >= (block[0] as KeptMessage).index - 1
      if (!touches) return
      // What is missing on the page was removed meanwhile.
      await answered(stores.messages.delete(this.#range(first.conversation.sid, low, high)))
      for (const message of pages) await answered(stores.messages.put(message))
      await this.#trim(stores, first.conversation.sid)
    })
  }

  /** Forgets everything: the user has signed out. */
  async clear(): Promise<void> {
    this.#change(async ({ conversations, messages }) => {
      await answered(conversations.clear())
      await answered(messages.clear())
    })
    await this.settled()
  }

  /** Resolves when everything that was heard so far is kept. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  /** Keeps what is under way, and lets go of the database. */
  async close(): Promise<void> {
    await this.settled()
    this.database.close()
  }

  /** Changes that come together share a transaction, in their order. */
  #change(change: Change): void {
    this.#waiting.push(change)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    // Others that come in this turn go along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const changes = this.#waiting.splice(0)
      await this.database
        .run('readwrite', async (stores) => {
          for (const change of changes) await change(stores)
        })
        .catch(this.failed)
    }
  }

  #range(conversationSid: string, low = 0, high = Number.MAX_SAFE_INTEGER) {
    return this.database.range([conversationSid, low], [conversationSid, high])
  }

  #block({ messages }: Stores<Places>, conversationSid: string): Promise<KeptMessage[]> {
    return answered(messages.getAll(this.#range(conversationSid))) as Promise<KeptMessage[]>
  }

  async #trim({ messages }: Stores<Places>, conversationSid: string): Promise<void> {
    const keys = await answered(messages.getAllKeys(this.#range(conversationSid)))
    const [, last] = keys[keys.length - this.most - 1] ?? []
    if (typeof last === 'number') await answered(messages.delete(this.#range(conversationSid, 0, last)))
  }

  #keepConversation(conversation: Conversation): void {
    const kept = keptConversation(conversation)
    this.#change(async ({ conversations }) => {
      if (await answered(conversations.get(kept.sid))) await answered(conversations.put(kept))
    })
  }

  /** What is kept goes on to the conversation's newest message, or something was missed. */
  #joined(conversation: Conversation): Change {
    const kept = keptConversation(conversation)
    const { latestMessage } = conversation
    const latest = latestMessage && keptMessage(latestMessage)
    const newest = kept.lastMessage?.index ?? -1
    return async (stores) => {
      await answered(stores.conversations.put(kept))
      const block = await this.#block(stores, kept.sid)
      const known = block.at(-1)?.index ?? -1
      // The newest may have been removed meanwhile.
      if (known > newest) await answered(stores.messages.delete(this.#range(kept.sid, newest + 1)))
      if (known < newest) await answered(stores.messages.delete(this.#range(kept.sid)))
      if (latest) await answered(stores.messages.put(latest))
    }
  }

  #added(message: Message): Change {
    const kept = keptMessage(message)
    return async (stores) => {
      await answered(stores.messages.put(kept))
      await this.#trim(stores, kept.conversationSid)
    }
  }

  #updated(message: Message): Change {
    const kept = keptMessage(message)
    return async ({ messages }) => {
      if (await answered(messages.get([kept.conversationSid, kept.index]))) await answered(messages.put(kept))
    }
  }

  #removed({ conversation, index }: Message): Change {
    const { sid } = conversation
    return async ({ messages }) => void (await answered(messages.delete([sid, index])))
  }

  #forget(conversationSid: string): Change {
    return async ({ conversations, messages }) => {
      await answered(conversations.delete(conversationSid))
      await answered(messages.delete(this.#range(conversationSid)))
    }
  }

  /** Keeps what the client knew before it was followed, and forgets conversations that the user left while the app was closed. */
  async #takeAll(client: Client, isFollowing: () => boolean): Promise<void> {
    const own = new Set<string>()
    for (let page = await client.getSubscribedConversations(); ; page = await page.nextPage()) {
      for (const conversation of page.items) {
        if (!isFollowing()) return
        own.add(conversation.sid)
        this.#change(this.#joined(conversation))
      }
      if (!page.hasNextPage) break
    }
    this.#change(async (stores) => {
      for (const sid of await answered(stores.conversations.getAllKeys()))
        if (!own.has(sid as string)) await this.#forget(sid as string)(stores)
    })
  }
}
