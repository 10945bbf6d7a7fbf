import { TextArea } from '../../ui/field.tsx'
import { texts } from '../texts/texts.ts'

/** JSON text with its indentation; as it is when it is none. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Why a text is no JSON, in the browser's words; `null` when it is. */
export function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** JSON to look at. */
export const Json = ({ text, label }: { text: string; label: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: nothing here is to be filled in
  <pre
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    tabIndex={0}
    role="group"
    aria-label={label}
    className="max-h-96 overflow-auto rounded-control border border-line bg-surface p-3 font-mono text-xs whitespace-pre-wrap"
  >
    {indented(text)}
  </pre>
)

/** Everything that the API says of something, behind a fold. */
export const Raw = ({ value }: { value: unknown }) => (
  <details className="rounded-xl border border-line bg-raised px-4 py-2.5">
    <summary className="w-fit rounded text-sm font-medium text-accent">{texts.json.raw}</summary>
    <div className="pt-2.5">
      <Json label={texts.json.raw} text={JSON.stringify(value)} />
    </div>
  </details>
)

/** A field for JSON that says while one types whether it is some. */
export function JsonField({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  const problem = jsonProblem(value)
  return (
    <TextArea
      label={label}
      hint={texts.json.hint}
      error={problem && texts.json.wrong(problem)}
      value={value}
      spellCheck={false}
      rows={6}
      className="font-mono text-xs"
      onChange={(event) => onChange(event.target.value)}
      onBlur={() => problem === null && onChange(indented(value))}
    />
  )
}
