import { ENSEMBLE } from '../../core/rounds/ensemble'
import { setLayers } from '../../state/layers/actions'
import { overlayKey, overlayRounds } from '../../state/layers/overlays'
import { OVERLAYS, type Overlay } from '../../state/layers/slice'
import { memberTitles } from '../../state/models/selectors'
import { selectedPatch } from '../../state/patches/selectors'
import { probabilityKey } from '../../state/pixelCache'
import type { StudioState } from '../../state/studioState'
import { showProbabilityOf } from '../../state/view/actions'
import { Select, Slider, Switch } from '../controls/Fields'
import { useStudio, useStudioState } from '../studioContext'

const PERCENT = { style: 'percent', maximumFractionDigits: 0 } as const

const OPACITY = { minValue: 0, maxValue: 1, step: 0.05, format: PERCENT, hideLabel: true } as const

/** The mask, and one layer under it: what the networks say, where they are unsure, or what rounds changed. */
export function OverlaySection() {
  const studio = useStudio()
  const showMask = useStudioState(state => state.layers.showMask)
  const maskOpacity = useStudioState(state => state.layers.maskOpacity)
  const shown = useStudioState(state => state.layers.showProbability)
  const opacity = useStudioState(state => state.layers.probabilityOpacity)
  const overlay = useStudioState(state => state.layers.overlay)
  const rounds = useStudioState(state => state.rounds.list.length)
  const offered = OVERLAYS.filter(({ id }) => {
    if (id === overlay || !isOfRounds(id)) return true
    return rounds >= (id === 'round-difference' ? 2 : 1)
  })
  return (
    <>
      <div className="overlay-line">
        <Switch label="Mask" isSelected={showMask} onChange={on => setLayers(studio, { showMask: on })} />
        <Slider
          label="Mask opacity"
          {...OPACITY}
          value={maskOpacity}
          isDisabled={!showMask}
          onChange={value => setLayers(studio, { maskOpacity: value })}
        />
      </div>
      <div className="overlay-line">
        <Switch
          label="Overlay"
          isSelected={shown}
          onChange={on => setLayers(studio, { showProbability: on })}
        />
        <Slider
          label="Overlay opacity"
          {...OPACITY}
          value={opacity}
          isDisabled={!shown}
          onChange={value => setLayers(studio, { probabilityOpacity: value })}
        />
      </div>
      {shown && (
        <div className="overlay-choice">
          <Select
            label="Overlay layer"
            hideLabel
            value={overlay}
            options={offered}
            onChange={id => setLayers(studio, { overlay: id })}
          />
          {overlay === 'probability' && <NetworkSelect />}
          {isOfRounds(overlay) && rounds > 0 && <RoundSelects difference={overlay === 'round-difference'} />}
          <OverlayAbsence />
        </div>
      )}
    </>
  )
}

function isOfRounds(overlay: StudioState['layers']['overlay']): boolean {
  return overlay === 'round-mask' || overlay === 'round-difference' || overlay === 'against-verdict'
}

function NetworkSelect() {
  const studio = useStudio()
  const chosen = useStudioState(state => state.layers.probabilityModel)
  const models = useStudioState(state => state.models.list)
  const predictedBy = useStudioState(state => selectedPatch(state)?.predictedBy)
  const networks = [{ id: ENSEMBLE, title: 'Ensemble (mean)' }, ...memberTitles(models, predictedBy ?? [])]
  if (networks.length === 1) return null
  return (
    <Select
      label="Network"
      hideLabel
      value={networks.some(({ id }) => id === chosen) ? chosen : ENSEMBLE}
      options={networks}
      onChange={id => void showProbabilityOf(studio, id)}
    />
  )
}

function RoundSelects({ difference }: { difference: boolean }) {
  const studio = useStudio()
  const rounds = useStudioState(state => state.rounds.list)
  const round = useStudioState(state => overlayRounds(state).round)
  const before = useStudioState(state => overlayRounds(state).before)
  const options = rounds.map(({ id, index }) => ({ id, title: `Round ${index}` }))
  return (
    <div className="overlay-rounds">
      {difference && (
        <>
          <Select
            label="Round before"
            hideLabel
            value={before ?? ''}
            options={options.filter(({ id }) => id !== round)}
            onChange={id => setLayers(studio, { overlayRoundBefore: id })}
          />
          <span className="dim">to</span>
        </>
      )}
      <Select
        label="Round"
        hideLabel
        value={round ?? ''}
        options={options}
        onChange={id => setLayers(studio, { overlayRound: id })}
      />
    </div>
  )
}

const WHY: Readonly<Record<Overlay, string>> = {
  probability: 'This patch has no prediction yet: run the ensemble.',
  disagreement: 'This patch has no predictions of single networks yet: run the ensemble.',
  entropy: 'This patch has no prediction yet: run the ensemble.',
  'round-mask': 'The round did not map this patch.',
  'round-difference': 'One of the rounds did not map this patch.',
  'against-verdict': 'Nothing to compare: the patch is not accepted, or the round did not map it.',
}

/** Why the chosen overlay shows nothing on this patch, where it does. */
function OverlayAbsence() {
  const studio = useStudio()
  const overlay = useStudioState(state => state.layers.overlay)
  const loading = useStudioState(state => state.view.loading)
  const key = useStudioState(state => {
    if (!state.view.selectedId) return null
    return state.layers.overlay === 'probability'
      ? probabilityKey(state.view.selectedId, state.layers.probabilityModel)
      : overlayKey(state, state.view.selectedId)
  })
  useStudioState(state => state.layers.renderRevision)
  if (!key || loading) return null
  const { probabilities, overlays } = studio.pixels
  const held = overlay === 'probability' ? probabilities.get(key) : overlays.get(key)
  return held === null ? <p className="hint">{WHY[overlay]}</p> : null
}
