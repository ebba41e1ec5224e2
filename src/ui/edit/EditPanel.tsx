import { MAX_BRUSH_RADIUS, MIN_BRUSH_RADIUS } from '../../state/slices/viewSlice'
import { CommandButton } from '../controls/CommandButton'
import { SidePanel } from '../controls/SidePanel'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

/** What the tool in hand does, and the way back. */
export function EditPanel() {
  const studio = useStudio()
  const tool = useStudioState(state => state.tool)
  const brushRadius = useStudioState(state => state.brushRadius)
  return (
    <SidePanel
      title="Edit"
      aside={
        <div className="button-row">
          <CommandButton command="undo" icon="undo" iconOnly look="quiet" />
          <CommandButton command="redo" icon="redo" iconOnly look="quiet" />
        </div>
      }
    >
      <Slider
        label="Brush radius"
        value={brushRadius}
        minValue={MIN_BRUSH_RADIUS}
        maxValue={MAX_BRUSH_RADIUS}
        step={0.5}
        format={{ minimumFractionDigits: 1 }}
        isDisabled={tool === 'pan'}
        onChange={value => studio.store.setState({ brushRadius: value })}
      />
    </SidePanel>
  )
}
