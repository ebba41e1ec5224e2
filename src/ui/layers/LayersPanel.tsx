import type { BaseLayer } from '../../core/patches/baseLayers'
import { isAuditing } from '../../state/accuracy/selectors'
import { setLayers } from '../../state/layers/actions'
import { contoursKey, shownChannels } from '../../state/layers/pictures'
import { BASE_LAYERS } from '../../state/layers/slice'
import { CommandButton } from '../controls/CommandButton'
import { Select, Slider, Switch } from '../controls/Fields'
import { SidePanel } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { ChannelFields } from './ChannelFields'
import { OverlaySection } from './OverlaySection'
import { ReferenceSection } from './ReferenceSection'
import { StretchSection } from './StretchSection'

/** Four fit in a row so; the whole title stays the button's name. */
const SHORT: Readonly<Partial<Record<BaseLayer, string>>> = { 'true-colour': 'True', 'false-colour': 'False' }

/** What lies under the mask and how it is drawn. */
export function LayersPanel() {
  const baseLayer = useStudioState(state => state.layers.baseLayer)
  // An audit hides the map, and outlines that may be another one.
  const auditing = useStudioState(isAuditing)
  const detail = useStudioState(state => shownChannels(state).join(' '))
  return (
    <SidePanel
      title="Layers"
      aside={<span className="dim layers-detail">{detail || 'from the DEM'}</span>}
      className="layers-panel"
    >
      <div className="base-grid">
        {BASE_LAYERS.map(layer => (
          <CommandButton
            key={layer.id}
            command={`base-${layer.id}`}
            pressed={layer.id === baseLayer}
            detail={layer.detail}
          >
            {SHORT[layer.id] ?? layer.title}
          </CommandButton>
        ))}
      </div>
      <ChannelFields />
      <StretchSection />
      <ReliefSection />
      {!auditing && (
        <>
          <OverlaySection />
          <ReferenceSection />
        </>
      )}
    </SidePanel>
  )
}

const PERCENT = { style: 'percent', maximumFractionDigits: 0 } as const

const DEGREES = { style: 'unit', unit: 'degree', unitDisplay: 'narrow' } as const

const INTERVALS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500]

/** Relief over any base layer: shading with the sun where it is wanted, and contour lines. */
function ReliefSection() {
  const studio = useStudio()
  const blend = useStudioState(state => state.layers.hillshadeBlend)
  const baseLayer = useStudioState(state => state.layers.baseLayer)
  const azimuth = useStudioState(state => state.layers.sunAzimuth)
  const altitude = useStudioState(state => state.layers.sunAltitude)
  const showContours = useStudioState(state => state.layers.showContours)
  const interval = useStudioState(state => state.layers.contourInterval)
  const patchId = useStudioState(state => state.view.selectedId)
  useStudioState(state => state.layers.renderRevision)
  const chosen = patchId && studio.pixels.contours.get(contoursKey(patchId, 0))?.interval
  const automatic = chosen ? `Automatic (${chosen} m)` : 'Automatic'
  return (
    <>
      {baseLayer !== 'hillshade' && (
        <Slider
          label="Hillshade"
          value={blend}
          minValue={0}
          maxValue={1}
          step={0.05}
          format={PERCENT}
          onChange={hillshadeBlend => setLayers(studio, { hillshadeBlend })}
        />
      )}
      {(blend > 0 || baseLayer === 'hillshade') && (
        <>
          <Slider
            label="Sun azimuth"
            value={azimuth}
            minValue={0}
            maxValue={355}
            step={5}
            format={DEGREES}
            onChange={sunAzimuth => setLayers(studio, { sunAzimuth })}
          />
          <Slider
            label="Sun altitude"
            value={altitude}
            minValue={5}
            maxValue={85}
            step={5}
            format={DEGREES}
            onChange={sunAltitude => setLayers(studio, { sunAltitude })}
          />
        </>
      )}
      <div className="overlay-line">
        <Switch
          label="Contours"
          isSelected={showContours}
          onChange={on => setLayers(studio, { showContours: on })}
        />
        {showContours && (
          <Select
            label="Contour interval"
            hideLabel
            value={String(interval)}
            options={[
              { id: '0', title: automatic },
              ...INTERVALS.map(metres => ({ id: String(metres), title: `${metres} m` })),
            ]}
            onChange={id => setLayers(studio, { contourInterval: Number(id) })}
          />
        )}
      </div>
    </>
  )
}
