interface ConfidenceHistogramProps {
  /** [20] pixels by probability, bins of 0.05. */
  bins: readonly number[]
  /** Drawn as an outline behind: another round's. */
  against?: readonly number[] | undefined
  /** Pseudo-labels are made outside of these two. */
  band: { low: number; high: number }
}

const WIDTH = 280
const HEIGHT = 76
const LEFT = 42
const RIGHT = 4
const TOP = 6
const BOTTOM = 16

/** Pixels of the target by the ensemble's probability, on a logarithmic axis: nearly all are certain background. */
export function ConfidenceHistogram({ bins, against, band }: ConfidenceHistogramProps) {
  const total = sum(bins)
  if (total === 0) return <p className="hint">No pixel of the target holds data.</p>
  const otherTotal = against ? sum(against) : 0
  const shares = bins.map(count => count / total)
  const others = otherTotal > 0 ? against!.map(count => count / otherTotal) : null
  const step = (WIDTH - LEFT - RIGHT) / bins.length
  const x = (bin: number) => LEFT + bin * step
  const y = (share: number) => TOP + (1 - logShare(share)) * (HEIGHT - TOP - BOTTOM)
  const floor = HEIGHT - BOTTOM
  const [background, unsure, landslide] = shareOf(bins, band).map(share => share / total)
  return (
    <figure className="chart">
      <figcaption>Target pixels by probability</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Target pixels by probability: ${percent(background!)} background, ${percent(unsure!)} between, ${percent(landslide!)} landslide`}
      >
        {[1, 0.01, 0.0001].map(tick => (
          <g key={tick}>
            <path className="chart-grid" d={`M${LEFT} ${y(tick)}H${WIDTH - RIGHT}`} />
            <text className="chart-tick" x={LEFT - 5} y={y(tick) + 3} textAnchor="end">
              {tick * 100} %
            </text>
          </g>
        ))}
        {shares.map((share, bin) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its index
            key={bin}
            className={`histogram-bar${isBetween(bin, bins.length, band) ? ' histogram-between' : ''}`}
            x={x(bin) + 0.75}
            width={step - 1.5}
            y={y(share)}
            height={Math.max(0, floor - y(share))}
          />
        ))}
        {others && <path className="histogram-other" d={outline(others, x, y, step)} />}
        {[0, 0.5, 1].map(tick => (
          <text
            key={tick}
            className="chart-tick"
            x={LEFT + tick * (WIDTH - LEFT - RIGHT)}
            y={HEIGHT - 3}
            textAnchor={tick === 0 ? 'start' : tick === 1 ? 'end' : 'middle'}
          >
            {tick}
          </text>
        ))}
      </svg>
    </figure>
  )
}

/** 1 at the top, a hundred-thousandth at the floor. */
function logShare(share: number): number {
  return share <= 0 ? 0 : Math.max(0, 1 + Math.log10(share) / 5)
}

function isBetween(bin: number, count: number, { low, high }: { low: number; high: number }): boolean {
  const middle = (bin + 0.5) / count
  return middle > low && middle < high
}

function shareOf(bins: readonly number[], band: { low: number; high: number }): [number, number, number] {
  const parts: [number, number, number] = [0, 0, 0]
  for (const [bin, count] of bins.entries()) {
    parts[isBetween(bin, bins.length, band) ? 1 : (bin + 0.5) / bins.length <= band.low ? 0 : 2] += count
  }
  return parts
}

function outline(
  shares: readonly number[],
  x: (bin: number) => number,
  y: (share: number) => number,
  step: number,
): string {
  return shares.map((share, bin) => `${bin === 0 ? 'M' : 'L'}${x(bin)} ${y(share)}H${x(bin) + step}`).join('')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 2 : 0)} %`
}
