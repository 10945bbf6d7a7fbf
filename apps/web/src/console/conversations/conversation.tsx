import type { ConversationResource } from '@parley/protocol'
import { Download, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { goTo } from '../../ui/navigation.ts'
import { useServiceName } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { Json, Raw } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Card, Facts, Page } from '../parts/page.tsx'
import { Resource } from '../parts/resource.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths } from '../paths.ts'
import { download } from '../rest/download.ts'
import { remove } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'
import { ConversationWebhooks } from '../webhooks/conversation-webhooks.tsx'
import { EditConversation } from './edit-conversation.tsx'
import { Messages } from './messages.tsx'
import { Participants } from './participants.tsx'
import { nameOf, State } from './state.tsx'

const tabs = ['messages', 'participants', 'webhooks', 'details'] as const

/** One conversation: who is in it, what was said, who is told of it, and how it stands. */
export function Conversation({ service, sid, tab = 'messages' }: { service: string; sid: string; tab?: string }) {
  const path = `/v1/Services/${service}/Conversations/${encodeURIComponent(sid)}`
  const conversation = useResource<ConversationResource>(path)
  const serviceName = useServiceName(service)
  const [asks, setAsks] = useState<'edit' | 'delete' | null>(null)

  const { value } = conversation
  const name = value ? nameOf(value) : texts.conversations.one
  const actions = value && (
    <>
      <Button icon={Pencil} onClick={() => setAsks('edit')}>
        {texts.edit}
      </Button>
      <Button
        icon={Download}
        onClick={() => void download(`${path}/Export`, `${value.sid}.ndjson`).catch((error: Error) => tell(texts.notDone(error.message)))}
      >
        {texts.export}
      </Button>
      <Button look="danger" icon={Trash2} onClick={() => setAsks('delete')}>
        {texts.deleteAsks}
      </Button>
    </>
  )
  const above = [
    { label: serviceName, to: paths.conversations(service) },
    { label: texts.conversations.title, to: paths.conversations(service) },
  ]
  return (
    <Page title={name} sid={value?.sid} about={value && <State state={value.state} />} above={above.slice(1)} actions={actions}>
      <Resource of={conversation}>
        {(value) => (
          <>
            <Tabs
              label={name}
              current={tab}
              tabs={tabs.map((one) => ({
                name: one,
                label: texts.conversations.tabs[one],
                to: one === 'messages' ? paths.conversation(service, sid) : `${paths.conversation(service, sid)}/${one}`,
              }))}
            />
            {tab === 'messages' && <Messages path={path} />}
            {tab === 'participants' && <Participants service={service} path={path} />}
            {tab === 'webhooks' && <ConversationWebhooks path={path} />}
            {tab === 'details' && <Details conversation={value} />}
          </>
        )}
      </Resource>
      {asks === 'edit' && value && (
        <EditConversation path={path} conversation={value} onSaved={conversation.replace} onClose={() => setAsks(null)} />
      )}
      {asks === 'delete' && (
        <Confirm
          title={texts.deleteTitle(name)}
          about={texts.conversations.deleteAbout}
          action={texts.delete}
          onClose={() => setAsks(null)}
          onSubmit={async () => {
            await remove(path)
            tell(texts.deleted(name))
            goTo(paths.conversations(service))
          }}
        />
      )}
    </Page>
  )
}

function Details({ conversation }: { conversation: ConversationResource }) {
  const { timers, bindings, attributes } = conversation
  const words = texts.conversations
  return (
    <>
      <Card title={words.about}>
        <Facts
          facts={[
            [words.name, conversation.friendly_name],
            [words.uniqueName, conversation.unique_name],
            [words.state, <State key="" state={conversation.state} />],
            [words.becomesInactive, timers.date_inactive && <Moment key="" at={timers.date_inactive} />],
            [words.becomesClosed, timers.date_closed && <Moment key="" at={timers.date_closed} />],
            [words.messagingService, conversation.messaging_service_sid],
            [words.email, bindings.email?.projected_address],
            [texts.created, <Moment key="" at={conversation.date_created} />],
            [texts.updated, <Moment key="" at={conversation.date_updated} />],
          ]}
        />
      </Card>
      <Card title={texts.attributes}>
        <Json label={texts.attributes} text={attributes} />
      </Card>
      <Raw value={conversation} />
    </>
  )
}
