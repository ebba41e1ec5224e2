import { bandExpression } from '../../core/patches/bandExpression'
import { rampColour, VIRIDIS, YELLOW_BROWN } from '../../core/patches/colourRamp'
import { NAMED_INDICES } from '../../core/patches/layerChannels'
import {
  GAINED_COLOUR,
  isRampOverlay,
  LOST_COLOUR,
  OVERLAY_RAMPS,
  ROUND_COLOUR,
} from '../../map/overlayRamps'
import { contoursKey } from '../../state/actions/loadContours'
import { overlayRounds } from '../../state/actions/loadOverlay'
import { formatValue } from '../layers/formatValue'
import { useShownRange } from '../layers/useShownRange'
import { useStudio, useStudioState } from '../studioContext'
import { LegendKeys } from './LegendKeys'
import { LegendRamp } from './LegendRamp'

/** What the colours on screen mean, in real units: the base layer's ramp, contours and the overlay. */
export function Legend() {
  const peeking = useStudioState(state => state.peeking)
  const empty = useStudioState(state => state.selectedId === null)
  if (empty) return null
  return (
    <div className="legend">
      <BaseLegend />
      {!peeking && <ContourLegend />}
      {!peeking && <OverlayLegend />}
    </div>
  )
}

function BaseLegend() {
  const layer = useStudioState(state => state.baseLayer)
  const expression = useStudioState(state => state.indexExpression)
  const range = useShownRange()?.[0]
  if (!range || (layer !== 'slope' && layer !== 'elevation' && layer !== 'index')) return null
  const index = NAMED_INDICES.find(named => named.expression === expression)?.title ?? expression
  const unit = layer === 'index' ? (bandExpression(expression).single?.unit ?? '') : range.unit
  const text = (value: number) => formatValue(value, range.high - range.low, unit)
  const stops = layer === 'slope' ? YELLOW_BROWN : VIRIDIS
  return (
    <LegendRamp
      id="base"
      title={{ slope: 'Slope', elevation: 'Elevation', index }[layer]}
      colour={value => rampColour(stops, value)}
      low={text(range.low)}
      high={layer === 'slope' ? `${text(range.high)} and more` : text(range.high)}
    />
  )
}

function ContourLegend() {
  const studio = useStudio()
  const key = useStudioState(state =>
    state.showContours && state.selectedId ? contoursKey(state.selectedId, state.contourInterval) : null,
  )
  useStudioState(state => state.renderRevision)
  const contours = key ? studio.pixels.contours.get(key) : undefined
  if (!contours) return null
  return <span className="legend-title">Contours every {contours.interval} m</span>
}

function OverlayLegend() {
  const shown = useStudioState(state => state.showProbability)
  const overlay = useStudioState(state => state.overlay)
  const threshold = useStudioState(state => state.threshold)
  const rounds = useStudioState(state => {
    const { round, before } = overlayRounds(state)
    const indexOf = (id: string | null) => state.rounds.find(other => other.id === id)?.index ?? null
    return JSON.stringify([indexOf(round), indexOf(before)])
  })
  const [index, indexBefore] = JSON.parse(rounds) as [number | null, number | null]
  if (!shown) return null
  if (isRampOverlay(overlay)) {
    const { title, unit, colour } = OVERLAY_RAMPS[overlay]
    const mark = overlay === 'probability' ? threshold : null
    return (
      <LegendRamp
        id="overlay"
        title={unit ? `${title}, ${unit}` : title}
        colour={colour}
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
        title=""
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
        { text: difference ? 'lost' : 'you removed', colour: LOST_COLOUR, hatched: true },
      ]}
    />
  )
}
