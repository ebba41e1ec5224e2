import type { Series } from './LineChart'

/** More rows than this nobody listens to. */
const MOST_ROWS = 10

/**
 * A chart's lines as rows of a table: its steps, evenly thinned with the first and the last kept, and what each line has
 * there, or last had before; a dash where it had not begun.
 */
export function chartRows(series: readonly Series[], format: (value: number) => string): string[][] {
  const steps = [...new Set(series.flatMap(line => line.points.map(([step]) => step)))].sort((a, b) => a - b)
  return thinned(steps).map(step => [
    String(step),
    ...series.map(line => {
      const last = line.points.findLast(([at]) => at <= step)
      return last ? format(last[1]) : '–'
    }),
  ])
}

function thinned(steps: readonly number[]): number[] {
  if (steps.length <= MOST_ROWS) return [...steps]
  return Array.from(
    { length: MOST_ROWS },
    (_, row) => steps[Math.round((row * (steps.length - 1)) / (MOST_ROWS - 1))]!,
  )
}
