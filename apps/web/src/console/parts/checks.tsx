/** Several of a set of words, each a box to tick. */
export function Checks<V extends string>({
  label,
  all,
  chosen,
  onChange,
  labelOf,
}: {
  label: string
  all: readonly V[]
  chosen: readonly V[]
  onChange(chosen: V[]): void
  labelOf?: (value: V) => string
}) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      <div className="grid gap-x-4 sm:grid-cols-2">
        {all.map((value) => (
          <label key={value} className="flex min-h-7 items-center gap-2 text-sm pointer-coarse:min-h-11">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ target }) =>
                onChange(
                  target.checked ? all.filter((one) => one === value || chosen.includes(one)) : chosen.filter((one) => one !== value),
                )
              }
              className="size-4 shrink-0 accent-accent"
            />
            {labelOf ? labelOf(value) : <code className="font-mono text-xs">{value}</code>}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
