import type { ReactNode } from 'react'

export interface Series {
  name: string
  /** 0, 1, 2: the look of the line, by network. */
  look: number
  points: readonly (readonly [number, number])[]
}

interface LineChartProps {
  title: string
  series: readonly Series[]
  /** Where the horizontal axis ends. */
  steps: number
  /** Where it begins. */
  first?: number
  /** What is counted along it. */
  unit?: string
  /** A mark at every value: where there are few. */
  marked?: boolean
  /** Fixed range of values; without it the data's own, from 0. */
  range?: readonly [number, number]
  format: (value: number) => string
  legend?: ReactNode
}

const WIDTH = 280

const HEIGHT = 84

const LEFT = 34

const RIGHT = 4

const TOP = 6

const BOTTOM = 16

/** More points than screen columns draw nothing more. */
const MOST_POINTS = 280

/** A small line chart that reads itself out: its label holds where every line begins and ends, a table behind it the rest. */
export function LineChart({
  title,
  series,
  steps,
  first = 0,
  unit = 'steps',
  marked,
  range,
  format,
  legend,
}: LineChartProps) {
  const values = series.flatMap(line => line.points.map(point => point[1]))
  const low = range?.[0] ?? 0
  const high = range?.[1] ?? niceCeiling(Math.max(...values, 0.01))
  const x = (step: number) =>
    LEFT + (Math.max(0, step - first) / Math.max(1, steps - first)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) =>
    TOP + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)
  const ticks = [low, (low + high) / 2, high]
  return (
    <figure className="chart">
      <figcaption>
        <span>{title}</span>
        {legend}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} ${summary(series, format)}`}>
        {ticks.map(tick => (
          <g key={tick}>
            <path className="chart-grid" d={`M${LEFT} ${y(tick)}H${WIDTH - RIGHT}`} />
            <text className="chart-tick" x={LEFT - 5} y={y(tick) + 3} textAnchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        <text className="chart-tick" x={LEFT} y={HEIGHT - 3}>
          {first}
        </text>
        <text className="chart-tick" x={WIDTH - RIGHT} y={HEIGHT - 3} textAnchor="end">
          {`${steps} ${unit}`}
        </text>
        {series.map(line => (
          <g key={line.name}>
            <polyline
              className={`chart-line chart-line-${line.look}`}
              points={thin(line.points)
                .map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`)
                .join(' ')}
            />
            {(marked || line.points.length === 1) &&
              line.points.map(([step, value]) => (
                <circle
                  key={step}
                  className={`chart-dot chart-line-${line.look}`}
                  cx={x(step)}
                  cy={y(value)}
                  r="2"
                />
              ))}
          </g>
        ))}
      </svg>
      <DataTable
        hidden
        caption={title}
        columns={[unit, ...series.map(({ name }) => name)]}
        rows={chartRows(series, format)}
      />
    </figure>
  )
}

/** A piece of a line, for a legend. */
export function LineKey({ look }: { look: Series['look'] }) {
  return (
    <svg width="16" height="8" aria-hidden="true">
      <path className={`chart-line chart-line-${look}`} d="M0 4h16" />
    </svg>
  )
}

function summary(series: readonly Series[], format: (value: number) => string): string {
  const parts = series.flatMap(line => {
    const first = line.points[0]
    const last = line.points.at(-1)
    return first && last ? [`${line.name} from ${format(first[1])} to ${format(last[1])}`] : []
  })
  return parts.length > 0 ? parts.join(', ') : 'has no values yet'
}

function thin(points: Series['points']): Series['points'] {
  const stride = Math.ceil(points.length / MOST_POINTS)
  return stride <= 1
    ? points
    : points.filter((_, index) => index % stride === 0 || index === points.length - 1)
}

function niceCeiling(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find(factor => factor * magnitude >= value) ?? 10
  return step * magnitude
}

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

interface DataTableProps {
  caption: string
  columns: readonly string[]
  /** The first cell names its row. */
  rows: readonly (readonly string[])[]
  /** Read aloud only: beside a chart that shows the same. */
  hidden?: boolean
}

/** Numbers as a table: what a chart shows, for those who do not see it. */
export function DataTable({ caption, columns, rows, hidden }: DataTableProps) {
  const [first, ...others] = columns
  return (
    <table className={hidden ? 'visually-hidden' : 'scores tabular'}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {others.map(column => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...cells]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cells.map((cell, index) => (
              <td key={others[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
