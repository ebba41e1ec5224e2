import { clampTitle } from '../../state/clampNote'
import { CLASSES } from '../../state/commands/toolCommands'
import type { ClampSource } from '../../state/slices/editSlice'
import { MAX_BRUSH_RADIUS, MIN_BRUSH_RADIUS } from '../../state/slices/viewSlice'
import { CommandButton } from '../controls/CommandButton'
import { Segmented } from '../controls/Segmented'
import { SidePanel } from '../controls/SidePanel'
import { Slider } from '../controls/Slider'
import { Switch } from '../controls/Switch'
import { formatBytes } from '../formatBytes'
import { useStudio, useStudioState } from '../studioContext'
import { ClampFields } from './ClampFields'
import { CleanUpFields } from './CleanUpFields'
import { EditSection } from './EditSection'
import { FillFields } from './FillFields'

/** What the tool in hand does, what edits are held to, and the way back. */
export function EditPanel() {
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
      <ToolFields />
      <HoldFields />
      <EditSection title="Clean up" summary="">
        <CleanUpFields />
      </EditSection>
      <HistoryLine />
    </SidePanel>
  )
}

function ToolFields() {
  const studio = useStudio()
  const tool = useStudioState(state => state.tool)
  const brushRadius = useStudioState(state => state.brushRadius)
  const paintClass = useStudioState(state => state.paintClass)
  const subtract = useStudioState(state => state.subtract)
  const shape = tool === 'polygon' || tool === 'lasso' || tool === 'fill'
  return (
    <>
      <Segmented
        label="Class in hand"
        value={String(paintClass)}
        options={CLASSES.map(({ value, title }, index) => ({
          id: String(value),
          title,
          detail: String(index + 1),
        }))}
        onChange={id => {
          const chosen = CLASSES.find(({ value }) => String(value) === id)
          if (chosen) studio.store.setState({ paintClass: chosen.value })
        }}
      />
      {shape ? (
        <Switch
          label="Subtract (Alt turns it round)"
          isSelected={subtract}
          onChange={selected => studio.store.setState({ subtract: selected })}
        />
      ) : (
        <Slider
          label="Brush radius"
          value={brushRadius}
          minValue={MIN_BRUSH_RADIUS}
          maxValue={MAX_BRUSH_RADIUS}
          step={0.5}
          format={{ minimumFractionDigits: 1 }}
          isDisabled={tool === 'pan' || tool === 'pick'}
          onChange={value => studio.store.setState({ brushRadius: value })}
        />
      )}
      {tool === 'fill' && <FillFields />}
    </>
  )
}

function HoldFields() {
  const studio = useStudio()
  const protectedClasses = useStudioState(state => state.protectedClasses)
  const clamps = useStudioState(state => state.clamps)
  const clampIndex = useStudioState(state => state.clampIndex)
  const on = (Object.keys(clamps) as ClampSource[]).filter(source => clamps[source].on)
  const kept = CLASSES.filter(({ value }) => protectedClasses.includes(value))
  const summary = [
    ...kept.map(({ title }) => `${title.toLowerCase()} kept`),
    ...on.map(source => clampTitle(source, clampIndex)),
  ].join(', ')
  return (
    <EditSection title="Hold edits to" summary={summary || 'nothing'}>
      <fieldset className="protect" aria-label="Classes that no edit changes">
        <span className="field-label">Protect</span>
        {CLASSES.map(({ value, title }) => (
          <Switch
            key={value}
            label={title}
            isSelected={protectedClasses.includes(value)}
            onChange={selected =>
              studio.store.setState(state => ({
                protectedClasses: selected
                  ? [...state.protectedClasses, value]
                  : state.protectedClasses.filter(other => other !== value),
              }))
            }
          />
        ))}
      </fieldset>
      <ClampFields />
      <p className="hint">Edits change only pixels within every range that is on.</p>
    </EditSection>
  )
}

function HistoryLine() {
  const steps = useStudioState(state => state.history.filter(step => !step.undone).length)
  const undone = useStudioState(state => state.history.filter(step => step.undone).length)
  const bytes = useStudioState(state => state.historyBytes)
  if (steps + undone === 0) return null
  return (
    <p className="history-line">
      {steps} {steps === 1 ? 'step' : 'steps'} to undo
      {undone > 0 && `, ${undone} to redo`}
      {bytes > 0 && ` · ${bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : formatBytes(bytes)} in memory`}
    </p>
  )
}
