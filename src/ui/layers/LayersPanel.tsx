import { showProbabilityOf } from '../../state/actions/selectPatch'
import { BASE_LAYERS } from '../../state/commands/viewCommands'
import { selectedPatch } from '../../state/selectors'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { ViewSlice } from '../../state/slices/viewSlice'
import type { ModelSummary } from '../../worker/protocol'
import { CommandButton } from '../controls/CommandButton'
import { Select } from '../controls/Select'
import { SidePanel } from '../controls/SidePanel'
import { Slider } from '../controls/Slider'
import { Switch } from '../controls/Switch'
import { useStudio, useStudioState } from '../studioContext'

const PERCENT = { style: 'percent', maximumFractionDigits: 0 } as const
const FINE_PERCENT = { style: 'percent', maximumFractionDigits: 1 } as const

export function LayersPanel() {
  const studio = useStudio()
  const view = useStudioState(state => state.baseLayer)
  const percentile = useStudioState(state => state.percentile)
  const hillshadeBlend = useStudioState(state => state.hillshadeBlend)
  const showMask = useStudioState(state => state.showMask)
  const maskOpacity = useStudioState(state => state.maskOpacity)
  const showProbability = useStudioState(state => state.showProbability)
  const probabilityOpacity = useStudioState(state => state.probabilityOpacity)
  const probabilityModel = useStudioState(state => state.probabilityModel)
  const models = useStudioState(state => state.models)
  const predictedBy = useStudioState(state => selectedPatch(state)?.predictedBy)
  const set = (change: Partial<ViewSlice>) => studio.store.setState(change)
  const networks = [{ id: 'ensemble', title: 'Ensemble (mean)' }, ...memberTitles(models, predictedBy ?? [])]
  return (
    <SidePanel
      title="Layers"
      aside={<span className="dim">{BASE_LAYERS.find(layer => layer.id === view)?.detail}</span>}
    >
      <div className="base-grid">
        {BASE_LAYERS.map(layer => (
          <CommandButton
            key={layer.id}
            command={`base-${layer.id}`}
            pressed={layer.id === view}
            detail={layer.detail}
          />
        ))}
      </div>
      <Slider
        label="Stretch cut"
        value={percentile}
        minValue={0}
        maxValue={0.1}
        step={0.005}
        format={FINE_PERCENT}
        onChange={value => set({ percentile: value })}
      />
      <Slider
        label="Hillshade"
        value={hillshadeBlend}
        minValue={0}
        maxValue={1}
        step={0.05}
        format={PERCENT}
        onChange={value => set({ hillshadeBlend: value })}
      />
      <div className="overlay-line">
        <Switch label="Mask" isSelected={showMask} onChange={value => set({ showMask: value })} />
        <Slider
          label="Mask opacity"
          hideLabel
          value={maskOpacity}
          minValue={0}
          maxValue={1}
          step={0.05}
          format={PERCENT}
          isDisabled={!showMask}
          onChange={value => set({ maskOpacity: value })}
        />
      </div>
      <div className="overlay-line">
        <Switch
          label="Probability"
          isSelected={showProbability}
          onChange={value => set({ showProbability: value })}
        />
        <Slider
          label="Probability opacity"
          hideLabel
          value={probabilityOpacity}
          minValue={0}
          maxValue={1}
          step={0.05}
          format={PERCENT}
          isDisabled={!showProbability}
          onChange={value => set({ probabilityOpacity: value })}
        />
      </div>
      {showProbability && networks.length > 1 && (
        <Select
          label="Network"
          hideLabel
          value={networks.some(network => network.id === probabilityModel) ? probabilityModel : 'ensemble'}
          options={networks}
          onChange={id => void showProbabilityOf(studio, id)}
        />
      )}
    </SidePanel>
  )
}

/** The networks whose probabilities the patch on screen has; by title where two are of one family. */
function memberTitles(models: readonly ModelSummary[], ids: readonly string[]) {
  const members = models.filter(model => ids.includes(model.id))
  return members.map(({ id, family, title }) => {
    const alone = members.filter(other => other.family === family).length === 1
    return { id, title: alone ? FAMILY_TITLES[family] : title }
  })
}
