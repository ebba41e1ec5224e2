import { useState } from 'react'
import { Button, Toolbar } from 'react-aria-components'
import { type BandRow, meanText, shiftText } from './bandRows'

interface BandChartProps {
  rows: readonly BandRow[]
  /** What the two sets are called: "Source", "Target". */
  names: readonly [string, string]
}

const WIDTH = 680
const HEIGHT = 232
const LEFT = 40
const RIGHT = 8
const TOP = 14
const BOTTOM = 24
/** Beyond this a bar is cut and its value written: one wild band must not flatten the other thirteen. */
const LARGEST = 6

/**
 * Means with bars of one standard deviation, band by band, in units of the first set, which therefore always is 0 ± 1.
 * Told apart by shape and place, not by hue. Arrow keys walk the bands; the line below says the one that is looked at.
 */
export function BandChart({ rows, names }: BandChartProps) {
  const [current, setCurrent] = useState<number | null>(null)
  const reach = Math.max(2, ...rows.map(({ shift, ratio }) => Math.abs(shift) + ratio))
  const limit = Math.min(LARGEST, Math.ceil(reach))
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, rows.length)
  const y = (value: number) =>
    TOP + ((limit - Math.max(-limit, Math.min(limit, value))) / (2 * limit)) * (HEIGHT - TOP - BOTTOM)
  const ticks = limit > 3 ? [-limit, -limit / 2, 0, limit / 2, limit] : [-2, -1, 0, 1, 2]
  const shown = current === null ? null : rows[current]
  return (
    <figure className="band-chart">
      <figcaption className="band-legend">
        <span>
          <Mark look="source" /> {names[0]}, 0 ± 1 by definition
        </span>
        <span>
          <Mark look="target" /> {names[1]}
        </span>
        <span className="spacer" />
        <span className="dim">standard deviations of {names[0].toLowerCase()}</span>
      </figcaption>
      <div className="band-plot">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
          <rect className="band-unit" x={LEFT} width={WIDTH - LEFT - RIGHT} y={y(1)} height={y(-1) - y(1)} />
          {ticks.map(tick => (
            <g key={tick}>
              <path className="chart-grid" d={`M${LEFT} ${y(tick)}H${WIDTH - RIGHT}`} />
              <text className="chart-tick" x={LEFT - 6} y={y(tick) + 3} textAnchor="end">
                {tick > 0 ? `+${tick}` : `${tick}`.replace('-', '−')}
              </text>
            </g>
          ))}
          {rows.map((row, index) => (
            <g key={row.name}>
              <rect
                className={`band-column${index === current ? ' band-current' : ''}`}
                x={LEFT + index * step}
                width={step}
                y={TOP - 8}
                height={HEIGHT - TOP + 6}
                rx="3"
              />
              <Bar
                look="source"
                x={LEFT + (index + 0.34) * step}
                mean={0}
                deviation={1}
                y={y}
                limit={limit}
              />
              <Bar
                look="target"
                x={LEFT + (index + 0.66) * step}
                mean={row.shift}
                deviation={row.ratio}
                y={y}
                limit={limit}
              />
              <text className="band-name" x={LEFT + (index + 0.5) * step} y={HEIGHT - 8} textAnchor="middle">
                {row.name}
              </text>
            </g>
          ))}
        </svg>
        <Toolbar className="band-buttons" aria-label={`Bands, ${names[1]} against ${names[0]}`}>
          {rows.map((row, index) => (
            <Button
              key={row.name}
              className="band-button"
              aria-label={spoken(row, names)}
              onFocusChange={focused => setCurrent(focused ? index : null)}
              onHoverChange={hovered => setCurrent(hovered ? index : null)}
            />
          ))}
        </Toolbar>
      </div>
      <p className="band-reading tabular" aria-hidden="true">
        {shown ? (
          <>
            <strong>
              {shown.name} {shown.title === shown.name ? '' : shown.title}
            </strong>{' '}
            {names[0]} {meanText(shown.source)}, {names[1]} {meanText(shown.target)} {shown.unit};{' '}
            {shiftText(shown.shift)}, {shown.ratio.toFixed(2)} times as varied
          </>
        ) : (
          <span className="dim">Point at a band, or use the arrow keys, to see its values.</span>
        )}
      </p>
    </figure>
  )
}

interface BarProps {
  look: 'source' | 'target'
  x: number
  mean: number
  deviation: number
  y: (value: number) => number
  limit: number
}

/** A mean with its bar; where the mean is off the axis, an arrow and its value. */
function Bar({ look, x, mean, deviation, y, limit }: BarProps) {
  const beyond = Math.abs(mean) > limit
  const [low, high] = [y(mean - deviation), y(mean + deviation)]
  const at = y(mean)
  return (
    <g className={`bar bar-${look}`}>
      <path d={`M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8`} className="bar-line" />
      {beyond ? (
        <>
          <path
            className="bar-mark"
            d={
              mean > 0
                ? `M${x - 5} ${at + 7}L${x} ${at - 1}L${x + 5} ${at + 7}z`
                : `M${x - 5} ${at - 7}L${x} ${at + 1}L${x + 5} ${at - 7}z`
            }
          />
          <text className="chart-tick" x={x} y={mean > 0 ? at - 4 : at + 11} textAnchor="middle">
            {mean.toFixed(0)}
          </text>
        </>
      ) : look === 'source' ? (
        <circle className="bar-mark" cx={x} cy={at} r="4" />
      ) : (
        <path
          className="bar-mark"
          d={`M${x} ${at - 5.5}L${x + 5.5} ${at}L${x} ${at + 5.5}L${x - 5.5} ${at}z`}
        />
      )}
    </g>
  )
}

function Mark({ look }: { look: 'source' | 'target' }) {
  return (
    <svg width="12" height="20" viewBox="0 0 12 20" aria-hidden="true">
      <Bar look={look} x={6} mean={0} deviation={1} y={value => 10 - 8 * value} limit={6} />
    </svg>
  )
}

function spoken(row: BandRow, names: readonly [string, string]): string {
  return (
    `${row.name} ${row.title}: ${names[0]} ${meanText(row.source)}, ${names[1]} ${meanText(row.target)} ${row.unit}; ` +
    `${shiftText(row.shift)}, ${row.ratio.toFixed(2)} times as varied`
  )
}
