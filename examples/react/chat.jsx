import { Client } from '@parley/client'
import { ConversationsProvider, useConnectionState, useConversations, useMessages, useTyping } from '@parley/react'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

const query = new URLSearchParams(location.search)
const identity = query.get('identity') ?? 'alice'
const peer = query.get('with') ?? 'bob'
const server = query.get('server') ?? 'http://127.0.0.1:8480'

/** The client asks for a token whenever it needs one: at the start, and before the old one expires. */
async function fetchToken() {
  const response = await fetch(`${server}/token?identity=${encodeURIComponent(identity)}`)
  if (!response.ok) throw new Error(`No token: ${response.status}`)
  return (await response.json()).token
}

/** The conversation with the other one: whoever comes first makes it, and both take part. It then shows up in the list by itself. */
async function openConversation(client) {
  const uniqueName = [identity, peer].sort().join(' and ')
  if (await client.getConversationByUniqueName(uniqueName).catch(() => undefined)) return
  const conversation = await client.createConversation({ uniqueName, friendlyName: uniqueName })
  await conversation.join()
  await conversation.add(peer)
}

function App() {
  const [client, setClient] = useState(null)
  useEffect(() => {
    const fresh = new Client(fetchToken, { url: server })
    setClient(fresh)
    openConversation(fresh).catch(console.error)
    return () => void fresh.shutdown()
  }, [])
  return (
    <ConversationsProvider client={client}>
      <ConnectionState />
      <Conversations />
    </ConversationsProvider>
  )
}

function ConnectionState() {
  const { state, reason } = useConnectionState()
  return <p role="status">{reason ? `${state}: ${reason}` : state}</p>
}

function Conversations() {
  const { value: conversations } = useConversations()
  const [chosen, choose] = useState(null)
  const conversation = conversations.find(({ sid }) => sid === chosen) ?? conversations[0]
  return (
    <>
      <nav>
        {conversations.map(({ sid, friendlyName }) => (
          <button key={sid} type="button" onClick={() => choose(sid)}>
            {friendlyName ?? sid}
          </button>
        ))}
      </nav>
      {conversation && <Conversation key={conversation.sid} conversation={conversation} />}
    </>
  )
}

function Conversation({ conversation }) {
  const { value: messages, hasOlder, loadOlder } = useMessages(conversation)
  const { typing, type } = useTyping(conversation)
  const [body, setBody] = useState('')

  async function send(event) {
    event.preventDefault()
    if (body === '') return
    setBody('')
    await conversation.sendMessage(body)
  }

  return (
    <main>
      {hasOlder && (
        <button type="button" onClick={loadOlder}>
          Older
        </button>
      )}
      <ol aria-live="polite">
        {messages.map((message) => (
          <li key={message.sid}>
            {message.author}: {message.body}
          </li>
        ))}
      </ol>
      <p>{typing.length > 0 && `${typing.map((one) => one.identity).join(', ')} …`}</p>
      <form onSubmit={send}>
        <label>
          Message{' '}
          <input
            value={body}
            onChange={(event) => {
              setBody(event.target.value)
              type()
            }}
          />
        </label>
        <button type="submit">Send</button>
      </form>
    </main>
  )
}

createRoot(document.getElementById('root')).render(<App />)
