import { median } from './statistics.ts'
import type { WindowUse } from './window.ts'

/** One line of the result. */
export interface Figure {
  scenario: string
  name: string
  value: number
  unit: string
  /** `at least` or `at most` this value, in the same unit. */
  target?: { atLeast: number } | { atMost: number }
  /** What the same machine did in the same run with the least that could do the work. */
  limit?: number
  /** Milliseconds. */
  p50?: number
  p99?: number
  note?: string
}

/** Whether a figure keeps its target; undefined without one. */
function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}

/** Short, with the precision that a measurement deserves: 12,345 · 123 · 12.3 · 1.23 */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits })
}

/** A Markdown table with a row for each figure. */
export function toMarkdown(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.scenario,
    figure.name,
    `${format(figure.value)} ${figure.unit}`.trim(),
    figure.target ? ('atLeast' in figure.target ? `≥ ${format(figure.target.atLeast)}` : `≤ ${format(figure.target.atMost)}`) : '',
    { true: 'yes', false: '**no**', undefined: '' }[String(isMet(figure))] ?? '',
    figure.limit === undefined ? '' : format(figure.limit),
    figure.limit === undefined ? '' : `${format(figure.value / figure.limit)}×`,
    figure.p50 === undefined ? '' : format(figure.p50),
    figure.p99 === undefined ? '' : format(figure.p99),
    figure.note ?? '',
  ])
  const head = ['scenario', 'figure', 'value', 'target', 'met', 'bare', 'of bare', 'p50 ms', 'p99 ms', 'note']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** What to know about a measurement: how busy the server and the generator were, and what others took meanwhile. */
export function describeNoise(uses: readonly WindowUse[]): string {
  const share = (read: (use: WindowUse) => number) => `${Math.round(median(uses.map(read)) * 100)} %`
  return `server ${share((use) => use.serverMilliseconds / use.milliseconds)}, generator ${share((use) => use.generatorShare)}, others ${share((use) => use.othersShare)}`
}
