import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { ParticipantRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'

/** A participant by SID or identity (rest-api §1.4). @throws 50432 */
export async function getParticipant(
  read: Pick<Readers, 'participants'>,
  conversation_sid: string,
  address: string,
): Promise<ParticipantRow> {
  const found = isSid('participant', address)
    ? await read.participants.find(conversation_sid, canonicalSid(address))
    : await read.participants.findByIdentity(conversation_sid, address)
  if (!found) throw new ParleyError('participant-not-found')
  return found
}
