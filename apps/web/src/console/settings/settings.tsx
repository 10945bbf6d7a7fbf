import type { SettingsResource } from '@parley/protocol'
import { SelectField, TextField } from '../../ui/field.tsx'
import { filterBy, useAddress } from '../address.ts'
import { Page } from '../parts/page.tsx'
import { Resource } from '../parts/resource.tsx'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'
import { SettingTable } from './setting-table.tsx'

const words = texts.settings

type Setting = SettingsResource['settings'][number]

const choices = ['all', 'changed', 'bounds'] as const
type Choice = (typeof choices)[number]

const fits: Record<Choice, (setting: Setting) => boolean> = {
  all: () => true,
  changed: ({ source }) => source !== 'default',
  bounds: ({ name }) => name.startsWith('PARLEY_LIMIT_'),
}

/** The settings of the node that answers: what holds, what would by default, and who said so. */
export function Settings() {
  const settings = useResource<SettingsResource>('/v1/Settings')
  const { query } = useAddress()
  const which = choices.find((choice) => choice === query.get('which')) ?? 'all'
  const sought = (query.get('q') ?? '').toLowerCase()

  const isSought = ({ name, description }: Setting) => `${name} ${description}`.toLowerCase().includes(sought)
  return (
    <Page title={words.title} about={words.about}>
      <Resource of={settings}>
        {({ settings: all }) => {
          const found = all.filter((setting) => fits[which](setting) && isSought(setting))
          return (
            <>
              <search className="grid max-w-2xl gap-3 sm:grid-cols-[1fr_14rem]">
                <TextField
                  label={words.search}
                  placeholder={words.searchHint}
                  type="search"
                  spellCheck={false}
                  value={query.get('q') ?? ''}
                  onChange={(event) => filterBy({ q: event.target.value })}
                />
                <SelectField
                  label={words.which}
                  value={which}
                  choices={choices.map((value) => ({ value, label: words[value] }))}
                  onChoose={(value) => filterBy({ which: value === 'all' ? null : value })}
                />
              </search>
              <p role="status" className="text-sm text-muted">
                {found.length > 0 ? words.found(found.length) : words.none}
              </p>
              {found.length > 0 && <SettingTable settings={found} />}
            </>
          )
        }}
      </Resource>
    </Page>
  )
}
