// index.html?identity=alice&with=bob&server=http://127.0.0.1:8480&tokens=http://127.0.0.1:3001/token
const query = new URLSearchParams(location.search)
const identity = query.get('identity') ?? 'alice'
const peer = query.get('with') ?? 'bob'
const server = query.get('server') ?? 'http://127.0.0.1:8480'
const tokens = query.get('tokens') ?? `${server}/token`

const [state, messages, form] = ['state', 'messages', 'form'].map((id) => document.getElementById(id))

/** The client asks for a token whenever it needs one: at the start, and before the old one expires. */
async function fetchToken() {
  const response = await fetch(`${tokens}?identity=${encodeURIComponent(identity)}`)
  if (!response.ok) throw new Error(`No token: ${response.status}`)
  return (await response.json()).token
}

const client = new Parley.Conversations.Client(fetchToken, { url: server })
client.on('connectionStateChanged', (connection) => {
  if (connection !== 'connected') state.textContent = connection
})

function show(message) {
  const line = document.createElement('li')
  // As text: what others write is never HTML.
  line.textContent = `${message.author}: ${message.body}`
  messages.append(line)
}

/** The conversation with the other one: whoever comes first makes it, and both take part. */
async function openConversation() {
  const uniqueName = [identity, peer].sort().join(' and ')
  const there = await client.getConversationByUniqueName(uniqueName).catch(() => undefined)
  if (there) return there
  const conversation = await client.createConversation({ uniqueName, friendlyName: uniqueName })
  await conversation.join()
  await conversation.add(peer)
  return conversation
}

async function start() {
  const conversation = await openConversation()
  const page = await conversation.getMessages(20)
  page.items.forEach(show)
  conversation.on('messageAdded', show)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { body } = form.elements
    await conversation.sendMessage(body.value)
    form.reset()
  })
  form.hidden = false
  state.textContent = `${identity} talks to ${peer}`
}

start().catch((error) => {
  state.textContent = error.message
})
