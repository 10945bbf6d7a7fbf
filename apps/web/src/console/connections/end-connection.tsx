import type { ConnectionResource } from '@parley/protocol'
import { tell } from '../frame/notice.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { Refusal, remove } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'

const words = texts.connections

interface EndConnectionProps {
  connection: Pick<ConnectionResource, 'sid' | 'identity'>
  onEnded(): void
  onClose(): void
}

/** Asks, and ends a connection. One that has gone by itself has ended as well. */
export function EndConnection({ connection: { sid, identity }, onEnded, onClose }: EndConnectionProps) {
  const end = async () => {
    await remove(`/v1/Connections/${sid}`).catch((error) => {
      if (!(error instanceof Refusal && error.status === 404)) throw error
    })
    tell(words.ended(identity))
    onEnded()
  }
  return <Confirm title={words.endTitle(identity)} about={words.endAbout} action={words.end} onClose={onClose} onSubmit={end} />
}
