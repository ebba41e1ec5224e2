import { bandExpression } from '../../core/patches/bandExpression'
import { type ColourRamp, rampColour, VIRIDIS, YELLOW_BROWN } from '../../core/patches/colourRamps'
import { SPECTRAL_INDICES } from '../../core/patches/spectralIndices'
import {
  GAINED_COLOUR,
  isRampOverlay,
  LOST_COLOUR,
  OVERLAY_RAMPS,
  ROUND_COLOUR,
} from '../../map/overlayColours'
import { isAuditing } from '../../state/accuracy/selectors'
import { overlayRounds } from '../../state/layers/overlays'
import { contoursKey } from '../../state/layers/pictures'
import { formatValue } from '../format'
import { useShownRange } from '../layers/StretchSection'
import { useStudio, useStudioState } from '../studioContext'

/** What the colours on screen mean, in real units: the base layer's ramp, contours and the overlay. */
export function Legend() {
  const peeking = useStudioState(state => state.layers.peeking)
  const empty = useStudioState(state => state.view.selectedId === null)
  const auditing = useStudioState(isAuditing)
  if (empty) return null
  return (
    <div className="legend">
      <BaseLegend />
      {!peeking && <ContourLegend />}
      {!peeking && !auditing && <OverlayLegend />}
    </div>
  )
}

function BaseLegend() {
  const layer = useStudioState(state => state.layers.baseLayer)
  const expression = useStudioState(state => state.layers.indexExpression)
  const range = useShownRange()?.[0]
  if (!range || (layer !== 'slope' && layer !== 'elevation' && layer !== 'index')) return null
  const index = SPECTRAL_INDICES.find(named => named.expression === expression)?.title ?? expression
  const unit = layer === 'index' ? (bandExpression(expression).single?.unit ?? '') : range.unit
  const text = (value: number) => formatValue(value, range.high - range.low, unit)
  return (
    <LegendRamp
      id="base"
      title={{ slope: 'Slope', elevation: 'Elevation', index }[layer]}
      ramp={layer === 'slope' ? YELLOW_BROWN : VIRIDIS}
      low={text(range.low)}
      high={layer === 'slope' ? `${text(range.high)} and more` : text(range.high)}
    />
  )
}

function ContourLegend() {
  const studio = useStudio()
  const key = useStudioState(state =>
    state.layers.showContours && state.view.selectedId
      ? contoursKey(state.view.selectedId, state.layers.contourInterval)
      : null,
  )
  useStudioState(state => state.layers.renderRevision)
  const contours = key ? studio.pixels.contours.get(key) : undefined
  if (!contours) return null
  return <span className="legend-title">Contours every {contours.interval} m</span>
}

function OverlayLegend() {
  const shown = useStudioState(state => state.layers.showProbability)
  const overlay = useStudioState(state => state.layers.overlay)
  const threshold = useStudioState(state => state.review.threshold)
  const rounds = useStudioState(state => {
    const { round, before } = overlayRounds(state)
    const indexOf = (id: string | null) => state.rounds.list.find(other => other.id === id)?.index ?? null
    return JSON.stringify([indexOf(round), indexOf(before)])
  })
  const [index, indexBefore] = JSON.parse(rounds) as [number | null, number | null]
  if (!shown) return null
  if (isRampOverlay(overlay)) {
    const { title, unit, colours } = OVERLAY_RAMPS[overlay]
    const mark = overlay === 'probability' ? threshold : null
    return (
      <LegendRamp
        id="overlay"
        title={unit ? `${title}, ${unit}` : title}
        ramp={colours}
        low="0"
        high="1"
        mark={mark}
      />
    )
  }
  if (index === null) return null
  if (overlay === 'round-mask') {
    return (
      <LegendKeys
        keys={[{ text: `Mask of round ${index} at ${threshold.toFixed(2)}`, colour: ROUND_COLOUR }]}
      />
    )
  }
  const difference = overlay === 'round-difference'
  if (difference && indexBefore === null) return null
  return (
    <LegendKeys
      title={
        difference
          ? `Round ${indexBefore} to round ${index}, at ${threshold.toFixed(2)}`
          : `Round ${index} at ${threshold.toFixed(2)} against your verdict`
      }
      keys={[
        { text: difference ? 'gained' : 'you added', colour: GAINED_COLOUR },
        { text: difference ? 'lost' : 'you removed', colour: LOST_COLOUR, look: 'hatched' },
      ]}
    />
  )
}
interface LegendRampProps {
  /** Names the gradient; one of its kind on the page. */
  id: string
  title: string
  ramp: ColourRamp
  /** What the ends stand for, with units. */
  low: string
  high: string
  /** A place 0..1 that is marked with its value, such as the threshold. */
  mark?: number | null
}

const STOPS = Array.from({ length: 11 }, (_, index) => index / 10)

const WIDTH = 160

/** A colour ramp with its ends, and a mark where one is wanted. */
function LegendRamp({ id, title, ramp, low, high, mark = null }: LegendRampProps) {
  const said = `${title}: colour ramp from ${low} to ${high}${mark === null ? '' : `, threshold ${mark}`}`
  return (
    <div className="legend-item">
      <span className="legend-title">{title}</span>
      <svg width={WIDTH} height="26" role="img" aria-label={said}>
        <defs>
          <linearGradient id={`ramp-${id}`}>
            {STOPS.map(stop => (
              <stop key={stop} offset={stop} stopColor={`rgb(${rampColour(ramp, stop).join(' ')})`} />
            ))}
          </linearGradient>
        </defs>
        <rect x="0" y="3" width={WIDTH} height="8" rx="1" fill={`url(#ramp-${id})`} />
        <text x="0" y="24">
          {low}
        </text>
        {mark !== null && (
          <>
            <path className="legend-mark" d={`M${mark * WIDTH} 0v14`} />
            <text
              x={Math.min(WIDTH - 20, Math.max(20, mark * WIDTH))}
              y="24"
              textAnchor="middle"
              className="legend-value"
            >
              {mark.toFixed(2)}
            </text>
          </>
        )}
        <text x={WIDTH} y="24" textAnchor="end">
          {high}
        </text>
      </svg>
    </div>
  )
}
interface LegendKeysProps {
  title?: string
  keys: readonly {
    text: string
    colour: readonly [number, number, number]
    /** As it is drawn on the image; by default filled. */
    look?: 'hatched' | 'outlined'
  }[]
}

/** Colours that stand for a kind each; what is hatched or outlined on the image is so here. */
export function LegendKeys({ title = '', keys }: LegendKeysProps) {
  return (
    <div className="legend-item">
      {title !== '' && <span className="legend-title">{title}</span>}
      <ul className="legend-keys">
        {keys.map(({ text, colour, look }) => {
          const fill = `rgb(${colour.join(' ')})`
          return (
            <li key={text}>
              <svg width="18" height="12" aria-hidden="true">
                {look === 'outlined' ? (
                  <rect x="1.5" y="1.5" width="15" height="9" fill="none" stroke={fill} strokeWidth="2" />
                ) : (
                  <rect x="0.5" y="0.5" width="17" height="11" fill={fill} opacity={look ? 0.3 : 1} />
                )}
                {look === 'hatched' && (
                  <path d="M-2 12 10-0M5 13 17 1M12 13 20 5" stroke={fill} strokeWidth="2.5" />
                )}
              </svg>
              {text}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
