import { ListWebhookDeliveries, ReplayWebhookDeliveries } from '@parley/protocol'
import { Command } from 'commander'
import { addFields, fieldsOf, parametersOf, withConsent, withLimit, withService } from '../options.ts'
import { Rest } from '../rest.ts'
import { showList, showResource } from '../show.ts'
import { findTarget, type TargetOptions } from '../target.ts'
import { makeSure, printJson, say } from '../terminal.ts'
import { examples } from './resources.ts'

type Options = TargetOptions & Record<string, unknown> & { json?: boolean; yes?: boolean }

const columns = ['sid', 'event_type', 'phase', 'state', 'attempts', 'last_status', 'last_error', 'date_created']

/** What webhooks were called with, and what came of it; and once more. */
export function webhooksCommand(): Command {
  const command = new Command('webhooks').description('the log of webhooks, and their replay')
  const filters = fieldsOf(ListWebhookDeliveries)
  addFields(withLimit(withService(command.command('log'))), filters)
    .description('list deliveries, newest first; or show one with all its attempts')
    .argument('[delivery]', 'SID of a delivery, WD…')
    .action(async (delivery: string | undefined, options: Options & { limit: number }) => {
      const rest = new Rest(findTarget(options))
      const list = rest.inService('/Webhooks/Deliveries')
      if (delivery !== undefined) showResource(await rest.get<object>(`${list}/${encodeURIComponent(delivery)}`), options)
      else
        await showList(
          rest.list<object>(list, 'deliveries', { parameters: parametersOf(filters, options), limit: options.limit }),
          columns,
          options,
        )
    })

  const chosen = fieldsOf(ReplayWebhookDeliveries).filter(({ name }) => name !== 'AfterSid')
  withConsent(addFields(withService(command.command('replay')), chosen))
    .description('send one delivery again; or all of a state, the dead ones when nothing is said')
    .argument('[delivery]', 'SID of a delivery, WD…')
    .action(async (delivery: string | undefined, options: Options) => {
      const rest = new Rest(findTarget(options))
      const list = rest.inService('/Webhooks/Deliveries')
      if (delivery !== undefined) {
        showResource(await rest.post<object>(`${list}/${encodeURIComponent(delivery)}/Replay`), options)
        return
      }
      await makeSure('Send all of these deliveries again?', options)
      const replayed = await replayAll(rest, `${list}/Replay`, parametersOf(chosen, options))
      if (options.json) printJson({ replayed })
      else say(`${replayed} are sent again.`)
    })
  return command.addHelpText(
    'after',
    examples([
      'parley webhooks log --state dead',
      'parley webhooks log WD…',
      'parley webhooks replay WD…',
      'parley webhooks replay --state dead --yes',
    ]),
  )
}

interface Replay {
  replayed: number
  more: boolean
  after_sid: string | null
}

/** The server does so many at a time, and says where to go on. */
async function replayAll(rest: Rest, path: string, parameters: readonly (readonly [string, string])[]): Promise<number> {
  let sum = 0
  let after: string | null = null
  do {
    const position: [string, string][] = after === null ? [] : [['AfterSid', after]]
    const { replayed, more, after_sid }: Replay = await rest.post(path, { parameters: [...parameters, ...position] })
    sum += replayed
    after = more ? after_sid : null
  } while (after !== null)
  return sum
}
