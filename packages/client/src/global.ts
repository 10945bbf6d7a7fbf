import * as Conversations from './index.ts'

/** For pages without a bundler: `new Parley.Conversations.Client(token, { url })`. */
Object.assign(globalThis, { Parley: { Conversations } })
