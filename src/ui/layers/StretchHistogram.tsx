import { Slider as AriaSlider, Label, SliderThumb, SliderTrack } from 'react-aria-components'
import type { ChannelHistogram, Limits } from '../../core/patches/channelHistogram'
import { formatValue, fractionDigits } from './formatValue'

interface StretchHistogramProps {
  expression: string
  /** Which of red, green and blue it drives; null: a colour ramp. */
  tone: 'red' | 'green' | 'blue' | null
  unit: string
  histogram: ChannelHistogram | null
  /** What the picture on screen is stretched to. */
  shown: Limits | null
  /** Ends set by hand; null: by percentile. */
  hand: Limits | null
  onChange: (limits: Limits) => void
}

const WIDTH = 240
const HEIGHT = 30
const STEPS = 250

/** The distribution of a channel over the patch with the two ends of its stretch, to be dragged or moved by arrow keys. */
export function StretchHistogram(props: StretchHistogramProps) {
  const { expression, tone, unit, histogram, shown, hand, onChange } = props
  const limits = hand ?? shown
  if (!histogram || !limits) {
    return <div className="stretch-channel stretch-waiting" aria-hidden="true" />
  }
  const name = tone ? `${tone[0]?.toUpperCase()}${tone.slice(1)}, ${expression}` : expression
  if (histogram.counted === 0) {
    return <p className="hint">{name}: no pixel of this patch has a value here.</p>
  }
  const from = Math.min(histogram.low, limits.low)
  const to = Math.max(histogram.high, limits.high)
  const span = to - from
  const step = span / STEPS
  const text = (value: number) => formatValue(value, span, unit)
  const place = (value: number) => ((value - from) / span) * WIDTH
  return (
    <AriaSlider
      className={`stretch-channel${tone ? ` stretch-${tone}` : ''}`}
      value={[limits.low, limits.high]}
      minValue={from}
      maxValue={to}
      step={step}
      formatOptions={{ maximumFractionDigits: fractionDigits(span) }}
      onChange={values => {
        const [low = limits.low, high = limits.high] = Array.isArray(values) ? values : []
        if (high > low) onChange({ low, high })
      }}
    >
      <div className="stretch-text">
        <Label className="stretch-name">
          <span className="stretch-expression">{name}</span>
        </Label>
        <span className="stretch-ends tabular">
          {text(limits.low)} – {text(limits.high)}
          {hand && <span className="stretch-hand"> by hand</span>}
        </span>
      </div>
      <SliderTrack className="stretch-track">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path className="stretch-bars" d={barPath(histogram, place)} />
          <rect className="stretch-cut" x="0" y="0" width={Math.max(0, place(limits.low))} height={HEIGHT} />
          <rect
            className="stretch-cut"
            x={place(limits.high)}
            y="0"
            width={Math.max(0, WIDTH - place(limits.high))}
            height={HEIGHT}
          />
          <path className="stretch-line" d={`M${place(limits.low)} ${HEIGHT}L${place(limits.high)} 0`} />
        </svg>
        <SliderThumb index={0} className="stretch-thumb" aria-label={`${name}: dark end`} />
        <SliderThumb index={1} className="stretch-thumb" aria-label={`${name}: bright end`} />
      </SliderTrack>
    </AriaSlider>
  )
}

/** Bars of the bins; heights by square root, so that the few pixels of a scar are seen beside a forest. */
function barPath({ counts, low, high }: ChannelHistogram, place: (value: number) => number): string {
  const most = Math.sqrt(Math.max(...counts, 1))
  const width = (high - low) / counts.length
  return counts
    .map((count, bin) => {
      const x = place(low + bin * width)
      const height = (Math.sqrt(count) / most) * (HEIGHT - 2)
      const w = place(low + (bin + 1) * width) - x
      return height > 0
        ? `M${x.toFixed(2)} ${HEIGHT}v${(-height).toFixed(2)}h${w.toFixed(2)}v${height.toFixed(2)}z`
        : ''
    })
    .join('')
}
