import type { ConnectionResource } from '@parley/protocol'
import { texts } from '../texts/texts.ts'

/** What a client says it is: `JS 3.0.1`. */
export const sdkOf = ({ sdk, sdk_version }: Pick<ConnectionResource, 'sdk' | 'sdk_version'>): string =>
  [sdk, sdk_version].filter(Boolean).join(' ') || texts.connections.unknownSdk
