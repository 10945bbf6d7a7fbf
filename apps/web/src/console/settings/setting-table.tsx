import type { SettingsResource } from '@parley/protocol'
import { Badge } from '../parts/page.tsx'
import { texts } from '../texts/texts.ts'

const words = texts.settings

type Setting = SettingsResource['settings'][number]

/** Settings in the order of the documentation. On a narrow screen each is a block. */
export const SettingTable = ({ settings }: { settings: readonly Setting[] }) => (
  <div className="overflow-x-auto rounded-xl border border-line bg-raised">
    <table aria-label={words.title} className="w-full text-start text-sm">
      <thead>
        <tr className="border-b border-line text-muted max-md:sr-only">
          {[words.name, words.value, words.default, words.source].map((label) => (
            <th key={label} scope="col" className="px-4 py-2 text-start font-medium">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {settings.map((setting) => (
          <tr
            key={setting.name}
            className="border-b border-line last:border-b-0 max-md:flex max-md:flex-col max-md:gap-1 max-md:px-4 max-md:py-3"
          >
            <th scope="row" className="text-start font-normal md:w-1/2 md:px-4 md:py-2.5 md:align-top">
              <code className="font-mono text-xs font-medium">{setting.name}</code>
              <p className="mt-0.5 text-muted">
                <WithCode text={setting.description} />
              </p>
            </th>
            <td className="font-mono text-xs break-all md:px-4 md:py-3 md:align-top">
              <span className="font-sans text-sm text-muted md:hidden">{words.value}: </span>
              <Value of={setting} />
            </td>
            <td className="text-muted md:px-4 md:py-2.5 md:align-top">
              <span className="md:hidden">{words.default}: </span>
              <WithCode text={setting.default} />
            </td>
            <td className="md:px-4 md:py-2.5 md:align-top">
              <Badge tone={setting.source === 'default' ? 'plain' : 'accent'}>{words.sources[setting.source]}</Badge>
              {setting.place && <p className="mt-1 text-xs text-muted">{setting.place}</p>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

function Value({ of: { value, is_secret } }: { of: Setting }) {
  if (value === null) return <span className="font-sans text-sm text-muted">{words.unset}</span>
  return is_secret ? <span className="font-sans text-sm text-muted">{words.hidden}</span> : value
}

/** Text in which what stands between backticks is code. */
const WithCode = ({ text }: { text: string }) =>
  text.split('`').map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text keep their places
      <code key={at} className="font-mono text-xs">
        {part}
      </code>
    ) : (
      part
    ),
  )
