/** Where points of a time series stand in a chart of `width` by `height`. */
export interface Plot {
  /** The end of the vertical axis. */
  top: number
  x(time: number): number
  y(value: number): number
  /** The lines of a series as an SVG path; where nothing was measured there is a gap. */
  line(values: readonly (number | null)[]): string
}

export const width = 600
export const height = 120

/** The least round number that is no less. */
export function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((factor) => value <= factor * power) ?? 10
  return step * power
}

/** Lays a chart out: the last `span` milliseconds, to the newest point, and from nothing to a round number above all values. */
export function plot(times: readonly number[], span: number, highest: number): Plot {
  const top = roundUp(highest)
  const end = times.at(-1) ?? 0
  const x = (time: number) => width * Math.max(0, 1 - (end - time) / span)
  const y = (value: number) => height * (1 - value / top)
  return {
    top,
    x,
    y,
    line(values) {
      let path = ''
      let isDrawing = false
      for (const [at, value] of values.entries()) {
        if (value === null) {
          isDrawing = false
          continue
        }
        const [across, down] = [x(times[at] as number).toFixed(1), y(value).toFixed(1)]
        const isAlone = !isDrawing && (values[at + 1] ?? null) === null
        path += isDrawing ? `L${across} ${down}` : `M${across} ${down}`
        // A point with gaps on both sides would have no line to be seen by.
        if (isAlone) path += 'h0'
        isDrawing = true
      }
      return path
    },
  }
}

/** Which of the times is nearest to a place between the edges of a chart, from 0 to 1. */
export function nearest(times: readonly number[], span: number, place: number): number {
  const sought = (times.at(-1) ?? 0) - (1 - place) * span
  let best = 0
  for (const [at, time] of times.entries()) if (Math.abs(time - sought) < Math.abs((times[best] as number) - sought)) best = at
  return best
}
