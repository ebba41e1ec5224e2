import { useEffect, useState } from 'react'
import {
  Slider as AriaSlider,
  Disclosure,
  DisclosurePanel,
  Label,
  SliderThumb,
  SliderTrack,
} from 'react-aria-components'
import { bandExpression } from '../../core/patches/bandExpression'
import type { RenderedLayer } from '../../core/patches/renderLayer'
import type { ChannelHistogram, Limits } from '../../core/patches/stretch'
import { setLayers, setStretch } from '../../state/layers/actions'
import { basePicture, loadHistograms, pictureKey, shownChannels } from '../../state/layers/pictures'
import { notifyError } from '../../state/shell/notices'
import { CommandButton } from '../controls/CommandButton'
import { Slider } from '../controls/Fields'
import { DisclosureHeading } from '../controls/SidePanel'
import { formatValue, fractionDigits } from '../format'
import { useStudio, useStudioState } from '../studioContext'

const FINE_PERCENT = { style: 'percent', maximumFractionDigits: 1 } as const

const TONES = ['red', 'green', 'blue'] as const

/** How values become brightness: a cut by percentile, and for each channel a histogram with an end to drag either side. */
export function StretchSection() {
  const studio = useStudio()
  const baseLayer = useStudioState(state => state.layers.baseLayer)
  const percentile = useStudioState(state => state.layers.percentile)
  const open = useStudioState(state => state.layers.histogramOpen)
  const stretched = useStudioState(state => state.layers.stretches[state.layers.baseLayer])
  const channels = useStudioState(state => JSON.stringify(shownChannels(state)))
  const histograms = useHistograms(open && baseLayer !== 'hillshade')
  const range = useShownRange()
  if (baseLayer === 'hillshade') return null
  const expressions = JSON.parse(channels) as string[]
  const unfit = range?.some(({ fits }) => fits === false) ?? false
  const byHand = stretched?.some(Boolean) ?? false
  return (
    <>
      <Slider
        label="Percentile cut"
        value={percentile}
        minValue={0}
        maxValue={0.1}
        step={0.005}
        format={FINE_PERCENT}
        isDisabled={baseLayer === 'slope'}
        onChange={value => setLayers(studio, { percentile: value })}
      />
      <Disclosure
        className="disclosure stretch"
        isExpanded={open}
        onExpandedChange={histogramOpen => setLayers(studio, { histogramOpen })}
      >
        <div className="stretch-head">
          <DisclosureHeading level={3}>Histogram</DisclosureHeading>
          {byHand && <CommandButton command="reset-stretch" look="quiet" />}
        </div>
        <DisclosurePanel>
          <div className="stretch-channels">
            {expressions.map((expression, channel) => (
              <StretchHistogram
                key={TONES[channel]}
                expression={expression}
                tone={expressions.length > 1 ? (TONES[channel] ?? null) : null}
                unit={bandExpression(expression).single?.unit ?? ''}
                histogram={histograms?.[channel] ?? null}
                shown={range?.[channel] ?? null}
                hand={stretched?.[channel] ?? null}
                onChange={limits => setStretch(studio, baseLayer, channel, limits)}
              />
            ))}
            {unfit && (
              <p className="hint">
                The manual limits would make this patch all dark or all bright, so its percentiles are used.
              </p>
            )}
          </div>
        </DisclosurePanel>
      </Disclosure>
    </>
  )
}

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
function StretchHistogram(props: StretchHistogramProps) {
  const { expression, tone, unit, histogram, shown, hand, onChange } = props
  const limits = hand ?? shown
  if (!histogram || !limits) {
    return <div className="stretch-channel stretch-waiting" aria-hidden="true" />
  }
  const name = tone ? `${tone[0]?.toUpperCase()}${tone.slice(1)}, ${expression}` : expression
  if (histogram.counted === 0) {
    return <p className="hint">{name}: no values in this patch.</p>
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
          {hand && <span className="stretch-hand"> manual</span>}
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

/** Histograms of the base layer's channels on the selected patch; null until they are counted, and where none is open. */
function useHistograms(open: boolean): ChannelHistogram[] | null {
  const studio = useStudio()
  const patchId = useStudioState(state => (state.view.loading ? null : state.view.selectedId))
  const channels = useStudioState(state => JSON.stringify(shownChannels(state)))
  const wanted = `${patchId}/${channels}`
  const [held, setHeld] = useState<{ of: string; histograms: ChannelHistogram[] } | null>(null)
  useEffect(() => {
    if (!open || !patchId) return
    let current = true
    loadHistograms(studio, patchId, JSON.parse(channels) as string[])
      .then(histograms => current && setHeld({ of: `${patchId}/${channels}`, histograms }))
      .catch((thrown: unknown) => notifyError(studio.store, thrown))
    return () => {
      current = false
    }
  }, [studio, patchId, channels, open])
  return held?.of === wanted ? held.histograms : null
}

/** What the base picture on screen is stretched to, a channel; null until it is drawn. */
export function useShownRange(): RenderedLayer['range'] | null {
  const studio = useStudio()
  const key = useStudioState(state =>
    state.view.selectedId ? pictureKey(state.view.selectedId, basePicture(state)) : null,
  )
  useStudioState(state => state.layers.renderRevision)
  useStudioState(state => state.view.loading)
  return (key && studio.pixels.renders.get(key)?.range) || null
}
