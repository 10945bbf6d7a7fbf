import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { WebSocketServer } from 'ws'
import { twilsockFrame } from './framing.ts'

/**
 * The least that can speak the protocol: no accounts, no permissions, no validation, tokens read but not checked, everything but messages
 * in memory. What it keeps is what costs: every message is a row that is on the disk (WAL, `synchronous=FULL`, one commit for all that
 * waits) before its event and its reply leave, and an event is encoded once. Its figures are what this machine can do with Node, `ws` and
 * SQLite; the server is measured against them.
 *
 * It takes the same settings and says the same ready line as the server, so that the same scenarios run on it.
 */

interface Conversation {
  sid: string
  members: Map<string, string>
  sessions: Set<Session>
  messages: number
  documentEventId: number
}

interface Session {
  identity: string
  socket: Socket
  watched: Set<Conversation>
}

interface Send {
  session: Session
  conversation: Conversation
  requestId: string
  body: string
}

interface Header {
  id: string
  method: string
  token?: string
  http_request?: { path: string; method: string; params: Record<string, string> }
}

const database = new Database(join(process.env['PARLEY_DATA_DIR'] ?? '.', 'bare.sqlite'))
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
// A checkpoint on this thread would be most of the tail of the latencies.
database.pragma('wal_autocheckpoint = 0')
database.exec(
  'create table if not exists messages (conversation text, event_id integer, sid text, author text, body text, created integer, primary key (conversation, event_id)) without rowid',
)
const insertMessage = database.prepare('insert into messages values (?, ?, ?, ?, ?, ?)')
const commitAll = database.transaction((work: () => void) => work())
const messagesAfter = database.prepare('select * from messages where conversation = ? and event_id > ? order by event_id')
const newestMessages = database.prepare('select * from messages where conversation = ? and event_id <= ? order by event_id desc limit ?')
const oldestMessages = database.prepare('select * from messages where conversation = ? and event_id >= ? order by event_id limit ?')

interface MessageRow {
  conversation: string
  event_id: number
  sid: string
  author: string
  body: string
  created: number
}

const conversations = new Map<string, Conversation>()
const memberships = new Map<string, Set<Conversation>>()
const serviceSid = process.env['PARLEY_SERVICE_SID'] ?? 'IS'
const origin = 'http://localhost'

let counter = 0
const nextId = () => (++counter).toString(36)
const newSid = (prefix: string) => prefix + randomBytes(16).toString('hex')

// ---------------------------------------------------------------- messages

let queue: Send[] = []

function enqueue(send: Send): void {
  if (queue.push(send) === 1) setImmediate(commitQueue)
}

function messageData(row: MessageRow): string {
  const at = new Date(row.created).toISOString()
  return `{"sid":"${row.sid}","author":"${row.author}","text":${JSON.stringify(row.body)},"subject":null,"contentSid":null,"type":"text","attributes":"{}","timestamp":"${at}","dateUpdated":"${at}","lastUpdatedBy":null,"memberSid":"${row.author}"}`
}

function listEvent(row: MessageRow): string {
  return `{"event_type":"list_item_added","event_protocol_version":4,"events":[{"id":${row.event_id},"date_created":"${new Date(row.created).toISOString()}","list_sid":"${row.conversation}.messages","list_unique_name":"${row.conversation}.messages","list_revision":"${row.event_id}","item_index":${row.event_id - 1},"item_url":"${origin}/v3/Lists/${row.conversation}.messages/Items/${row.event_id - 1}","item_revision":"0","item_data":${messageData(row)},"date_expires":null}]}`
}

function notification(type: string, payload: string): Buffer {
  return twilsockFrame(
    `{"method":"notification","id":"${nextId()}","message_type":"${type}","payload_type":"application/json","payload_size":${Buffer.byteLength(payload)}}`,
    payload,
  )
}

function documentData(conversation: Conversation, at: number): string {
  return JSON.stringify({
    sid: conversation.sid,
    friendlyName: null,
    uniqueName: null,
    attributes: {},
    createdBy: 'system',
    dateCreated: new Date(at).toISOString(),
    dateUpdated: new Date(at).toISOString(),
    messages: `${conversation.sid}.messages`,
    roster: `${conversation.sid}.roster`,
    lastMessage: { index: conversation.messages - 1, timestamp: new Date(at).toISOString() },
    state: { current: 'active' },
  })
}

/** Writes all that waits with one commit; then, conversation by conversation, one buffer for all who watch; then the replies. */
function commitQueue(): void {
  const sends = queue
  queue = []
  const created = Date.now()
  const frames = new Map<Conversation, Buffer[]>()
  const replies = new Map<Session, Buffer[]>()
  const rows: MessageRow[] = []
  commitAll(() => {
    for (const { session, conversation, body } of sends) {
      const row = {
        conversation: conversation.sid,
        event_id: ++conversation.messages,
        sid: newSid('IM'),
        author: session.identity,
        body,
        created,
      }
      insertMessage.run(row.conversation, row.event_id, row.sid, row.author, row.body, row.created)
      rows.push(row)
    }
  })
  for (const [at, { session, conversation, requestId }] of sends.entries()) {
    const row = rows[at]!
    append(frames, conversation, notification('com.twilio.rtd.cds.list', listEvent(row)))
    append(
      replies,
      session,
      replyFrame(
        requestId,
        201,
        `{"sid":"${row.sid}","index":${row.event_id - 1},"body":${JSON.stringify(row.body)},"attributes":"{}","author":"${row.author}"}`,
      ),
    )
  }
  for (const [conversation, list] of frames) {
    const event = `{"event_type":"document_updated","event_protocol_version":4,"events":[{"id":${++conversation.documentEventId},"date_created":"${new Date(created).toISOString()}","document_sid":"${conversation.sid}.channel","document_unique_name":"${conversation.sid}.channel","document_data":${documentData(conversation, created)}}]}`
    list.push(notification('com.twilio.rtd.cds.document', event))
    const bytes = Buffer.concat(list)
    for (const session of conversation.sessions) {
      const own = replies.get(session)
      replies.delete(session)
      session.socket.write(own ? Buffer.concat([bytes, ...own]) : bytes)
    }
  }
  for (const [session, list] of replies) session.socket.write(Buffer.concat(list))
}

function append<K>(map: Map<K, Buffer[]>, key: K, bytes: Buffer): void {
  const list = map.get(key)
  if (list) list.push(bytes)
  else map.set(key, [bytes])
}

// ---------------------------------------------------------------- frames

function replyFrame(id: string, status: number, payload: string): Buffer {
  return twilsockFrame(
    `{"method":"reply","id":"${id}","status":{"code":200,"status":"OK"},"http_status":{"code":${status},"status":"OK"},"http_headers":{"content-type":"application/json"},"payload_size":${Buffer.byteLength(payload)},"payload_type":"application/json"}`,
    payload,
  )
}

function receive(session: Session, data: Buffer): void {
  const head = data.toString('latin1', 14, 100)
  if (head.includes('"method":"reply"')) return
  const headerStart = data.indexOf('\r\n') + 2
  const size = Number.parseInt(head, 10)
  const header = JSON.parse(data.toString('utf8', headerStart, headerStart + size)) as Header
  if (header.method === 'init') {
    const claims = JSON.parse(Buffer.from((header.token ?? '').split('.')[1] ?? '', 'base64url').toString()) as {
      grants: { identity: string }
    }
    session.identity = claims.grants.identity
    const answer = `{"method":"reply","id":"${header.id}","status":{"code":200,"status":"OK"},"capabilities":["client_update"],"continuation_token":"${newSid('CT')}"}`
    session.socket.write(twilsockFrame(answer, ''))
    return
  }
  if (header.method !== 'message' || !header.http_request) return
  const path = decodeURIComponent(header.http_request.path)
  const payload = data.toString('utf8', headerStart + size + 2)
  const sent = /\/Conversations\/(CH[^/]+)\/Messages$/.exec(path)
  if (sent && header.http_request.method === 'POST') {
    const conversation = conversations.get(sent[1]!)!
    enqueue({ session, conversation, requestId: header.id, body: (JSON.parse(payload) as { body: string }).body })
  } else if (path === '/v4/Subscriptions') subscribe(session, header.id, payload)
  else session.socket.write(replyFrame(header.id, 200, JSON.stringify(read(session, path, header.http_request.params))))
}

interface SubscriptionRequest {
  correlation_id: number
  requests: { object_sid: string; object_type: string; last_event_id: number }[]
}

function subscribe(session: Session, id: string, payload: string): void {
  const { correlation_id, requests } = JSON.parse(payload) as SubscriptionRequest
  const out = [
    replyFrame(id, 202, `{"max_batch_size":100,"ttl_in_s":3600,"estimated_delivery_in_ms":20000,"correlation_id":${correlation_id}}`),
  ]
  const events = requests.map(({ object_sid, object_type, last_event_id }) => {
    const conversation = conversations.get(object_sid.split('.', 1)[0]!)
    if (conversation && object_type === 'list') {
      conversation.sessions.add(session)
      session.watched.add(conversation)
      for (const row of messagesAfter.all(conversation.sid, last_event_id) as MessageRow[]) {
        const event = listEvent(row).replace('{', `{"correlation_id":${correlation_id},`)
        out.push(notification('twilio.sync.event', event))
      }
    }
    return { object_sid, object_type, replay_status: 'completed', last_event_id }
  })
  out.push(
    notification(
      'twilio.sync.event',
      JSON.stringify({ event_type: 'subscription_established', event_protocol_version: 4, correlation_id, events }),
    ),
  )
  session.socket.write(Buffer.concat(out))
}

function names(conversation: Conversation) {
  const { sid } = conversation
  return { conversation: `${sid}.channel`, messages: `${sid}.messages`, participants: `${sid}.roster` }
}

/** Answers every read of the SDK's start. */
function read(session: Session, path: string, params: Record<string, string>): unknown {
  if (path === '/Client/v2/Configuration') {
    const base = `${origin}/Client/v2/Services/${serviceSid}`
    return {
      identity: session.identity,
      options: {},
      sync_objects: { my_conversations: `${session.identity}.my_conversations`, my_user_info: `${session.identity}.info` },
      links: { my_conversations: `${base}/Users/${session.identity}/Conversations`, conversations: `${base}/Conversations` },
    }
  }
  const mine = memberships.get(session.identity) ?? new Set<Conversation>()
  if (path.startsWith('/Client/')) {
    const list = [...mine].map((conversation) => ({
      conversation_sid: conversation.sid,
      status: 'joined',
      sync_objects: names(conversation),
    }))
    return { conversations: list, meta: { next_token: null } }
  }
  const [, , kind, name = '', items] = path.split('/')
  const conversation = conversations.get(name.split('.', 1)[0]!)
  if (items) return { items: conversation ? itemsOf(conversation, kind!, params) : [], meta: { previous_token: null, next_token: null } }
  const root = {
    sid: name,
    unique_name: name,
    url: `${origin}${path}`,
    revision: '0',
    last_event_id: 0,
    links: { items: `${origin}${path}/Items` },
  }
  if (kind === 'Documents' && conversation)
    return { ...root, last_event_id: conversation.documentEventId, data: JSON.parse(documentData(conversation, Date.now())) }
  if (kind === 'Lists' && conversation) return { ...root, last_event_id: conversation.messages }
  return { ...root, items: [] }
}

function itemsOf(conversation: Conversation, kind: string, params: Record<string, string>): unknown[] {
  const size = Number(params['PageSize'] ?? 50)
  if (kind === 'Maps') {
    const page = [...conversation.members].slice(0, size)
    return page.map(([key, identity]) => ({ key, data: { identity, attributes: '{}', type: 'chat' }, last_event_id: 1 }))
  }
  const from = params['From'] === undefined ? undefined : Number(params['From']) + 1
  const rows = (
    params['Order'] === 'desc'
      ? newestMessages.all(conversation.sid, from ?? conversation.messages, size)
      : oldestMessages.all(conversation.sid, from ?? 0, size)
  ) as MessageRow[]
  return rows.map((row) => ({ index: row.event_id - 1, last_event_id: row.event_id, revision: '0', data: JSON.parse(messageData(row)) }))
}

// ---------------------------------------------------------------- REST

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { pathname, searchParams } = new URL(request.url ?? '/', origin)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const [, , , , , sid, child] = pathname.split('/')
    const conversation = sid ? conversations.get(sid) : undefined
    if (sid && !conversation) answer(response, 404, {})
    else if (request.method === 'POST' && conversation && child === 'Participants')
      answer(response, 201, { sid: addMember(conversation, form.get('Identity') ?? '') })
    else if (request.method === 'POST') answer(response, 201, { sid: create() })
    else if (conversation && child === 'Messages') {
      const size = Number(searchParams.get('PageSize') ?? 50)
      const rows =
        searchParams.get('Order') === 'desc'
          ? newestMessages.all(conversation.sid, conversation.messages, size)
          : oldestMessages.all(conversation.sid, 0, size)
      answer(response, 200, { messages: rows, meta: {} })
    } else answer(response, 200, { conversations: [...conversations.keys()].slice(0, 50).map((known) => ({ sid: known })), meta: {} })
  })
}

function create(): string {
  const sid = newSid('CH')
  conversations.set(sid, { sid, members: new Map(), sessions: new Set(), messages: 0, documentEventId: 0 })
  return sid
}

function addMember(conversation: Conversation, identity: string): string {
  const sid = newSid('MB')
  conversation.members.set(sid, identity)
  const mine = memberships.get(identity)
  if (mine) mine.add(conversation)
  else memberships.set(identity, new Set([conversation]))
  return sid
}

const http = createServer(handle)
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
http.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket as Socket, head, (websocket) => {
    const session: Session = { identity: '', socket: socket as Socket, watched: new Set() }
    websocket.on('message', (data: Buffer) => receive(session, data))
    websocket.on('error', () => websocket.terminate())
    websocket.on('close', () => {
      for (const conversation of session.watched) conversation.sessions.delete(session)
    })
  })
})
http.listen(Number(process.env['PARLEY_PORT'] ?? 0), '127.0.0.1', 4_096, () => {
  console.log(`Parley is ready on http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => process.exit(0))
