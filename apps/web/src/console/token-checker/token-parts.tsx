import type { TokenCheckResource } from '@parley/protocol'
import { Card } from '../parts/page.tsx'
import { texts } from '../texts/texts.ts'

const words = texts.tokens

/** What a token says, part by part, and what each means. */
export const TokenParts = ({ title, parts }: { title: string; parts: TokenCheckResource['claims'] }) => (
  <Card title={title} flush>
    {parts.length === 0 ? (
      <p className="p-4 text-muted">{words.none}</p>
    ) : (
      <table aria-label={title} className="w-full text-start text-sm">
        <thead>
          <tr className="border-b border-line text-muted max-sm:sr-only">
            {[words.part, words.value, words.meaning].map((label) => (
              <th key={label} scope="col" className="px-4 py-2 text-start font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map(({ name, value, description }) => (
            <tr key={name} className="border-b border-line last:border-b-0 max-sm:flex max-sm:flex-col max-sm:py-2">
              <th scope="row" className="px-4 py-2 text-start align-top font-mono text-xs font-normal max-sm:py-0.5">
                {name}
              </th>
              <td className="px-4 py-2 align-top font-mono text-xs break-all max-sm:py-0.5">{value}</td>
              <td className="px-4 py-2 align-top text-muted max-sm:py-0.5">{description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
)
