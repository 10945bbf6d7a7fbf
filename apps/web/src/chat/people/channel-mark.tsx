import type { Participant } from '@parley/client'
import { Mail, MessageCircleMore, MessagesSquare, Radio, Smartphone } from 'lucide-react'
import { Spoken } from '../../ui/spoken.tsx'
import { texts } from '../texts/texts.ts'

const icons: Record<string, typeof Mail> = { chat: MessagesSquare, sms: Smartphone, whatsapp: MessageCircleMore, email: Mail }

/** By which channel somebody is reached, as a sign; its tooltip says what that means. `isNamed`: the name of the channel stands beside it. */
export function ChannelMark({ channel, isNamed = false }: { channel: string; isNamed?: boolean }) {
  const Icon = icons[channel] ?? Radio
  const name = channelName(channel)
  return (
    <span title={texts.people.channelAbout[channel] ?? name} className="inline-flex shrink-0 self-center text-muted">
      <Icon size={14} aria-hidden />
      {!isNamed && <Spoken>{name}</Spoken>}
    </span>
  )
}

export const channelName = (channel: string): string => texts.people.kinds[channel] ?? channel

/** The channels by which people are reached outside of the app. */
export const channelsOf = (participants: readonly Participant[]): string[] =>
  [...new Set(participants.map(({ type }) => type))].filter((type) => type !== 'chat').sort()
