import { BASE_LAYERS } from '../../state/commands/viewCommands'
import { shownChannels } from '../../state/shownChannels'
import type { BaseLayer } from '../../worker/protocol'
import { CommandButton } from '../controls/CommandButton'
import { SidePanel } from '../controls/SidePanel'
import { useStudioState } from '../studioContext'
import { ChannelFields } from './ChannelFields'
import { OverlaySection } from './OverlaySection'
import { ReliefSection } from './ReliefSection'
import { StretchSection } from './StretchSection'

/** Four fit in a row so; the whole title stays the button's name. */
const SHORT: Readonly<Partial<Record<BaseLayer, string>>> = { 'true-colour': 'True', 'false-colour': 'False' }

/** What lies under the mask and how it is drawn. */
export function LayersPanel() {
  const baseLayer = useStudioState(state => state.baseLayer)
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
      <OverlaySection />
    </SidePanel>
  )
}
