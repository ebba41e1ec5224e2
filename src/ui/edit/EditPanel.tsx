import type { ReactNode } from 'react'
import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { BANDS } from '../../core/patches/bands'
import {
  protectClass,
  setBrushRadius,
  setCleanUp,
  setFill,
  setPaintClass,
  setSubtract,
} from '../../state/edit/actions'
import { clampTitle } from '../../state/edit/clamps'
import type { ClampSource, FillBy } from '../../state/edit/slice'
import { CLASSES, MAX_BRUSH_RADIUS, MAX_SPECTRAL_TOLERANCE, MIN_BRUSH_RADIUS } from '../../state/edit/slice'
import { countSteps } from '../../state/review/selectors'
import { foldPanel } from '../../state/shell/actions'
import { CommandButton } from '../controls/CommandButton'
import { NumberField, Segmented, Select, Slider, Switch } from '../controls/Fields'
import { DisclosureHeading, SidePanel } from '../controls/SidePanel'
import { formatBytes } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { ClampFields } from './ClampFields'

/** Options of the current tool, limits on edits, clean-up and undo. */
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
  const tool = useStudioState(state => state.edit.tool)
  const brushRadius = useStudioState(state => state.edit.brushRadius)
  const paintClass = useStudioState(state => state.edit.paintClass)
  const subtract = useStudioState(state => state.edit.subtract)
  const shape = tool === 'polygon' || tool === 'lasso' || tool === 'fill'
  return (
    <>
      <Segmented
        label="Paint class"
        value={String(paintClass)}
        options={CLASSES.map(({ value, title }, index) => ({
          id: String(value),
          title,
          detail: String(index + 1),
        }))}
        onChange={id => {
          const chosen = CLASSES.find(({ value }) => String(value) === id)
          if (chosen) setPaintClass(studio, chosen.value)
        }}
      />
      {shape ? (
        <Switch
          label="Subtract (Alt inverts)"
          isSelected={subtract}
          onChange={selected => setSubtract(studio, selected)}
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
          onChange={value => setBrushRadius(studio, value)}
        />
      )}
      {tool === 'fill' && <FillFields />}
    </>
  )
}

function HoldFields() {
  const studio = useStudio()
  const protectedClasses = useStudioState(state => state.edit.protectedClasses)
  const clamps = useStudioState(state => state.edit.clamps)
  const clampIndex = useStudioState(state => state.edit.clampIndex)
  const on = (Object.keys(clamps) as ClampSource[]).filter(source => clamps[source].on)
  const kept = CLASSES.filter(({ value }) => protectedClasses.includes(value))
  const summary = [
    ...kept.map(({ title }) => `${title.toLowerCase()} protected`),
    ...on.map(source => clampTitle(source, clampIndex)),
  ].join(', ')
  return (
    <EditSection title="Limit edits" summary={summary || 'none'}>
      <fieldset className="protect" aria-label="Protected classes">
        <span className="field-label">Protect</span>
        {CLASSES.map(({ value, title }) => (
          <Switch
            key={value}
            label={title}
            isSelected={protectedClasses.includes(value)}
            onChange={selected => protectClass(studio, value, selected)}
          />
        ))}
      </fieldset>
      <ClampFields />
      <p className="hint">Edits change only pixels inside all active ranges.</p>
    </EditSection>
  )
}

function HistoryLine() {
  const steps = useStudioState(state => countSteps(state.review.history, false))
  const undone = useStudioState(state => countSteps(state.review.history, true))
  const bytes = useStudioState(state => state.review.historyBytes)
  if (steps + undone === 0) return null
  return (
    <p className="history-line">
      {plural(steps, 'step')} to undo
      {undone > 0 && `, ${undone} to redo`}
      {bytes > 0 && ` · ${bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : formatBytes(bytes)} in memory`}
    </p>
  )
}

interface EditSectionProps {
  title: string
  /** The current values, shown while the section is folded too. */
  summary: string
  children: ReactNode
}

/** A part of the Edit panel that is folded until it is opened; remembered over reloads. */
function EditSection({ title, summary, children }: EditSectionProps) {
  const studio = useStudio()
  const key = `Edit/${title} open`
  // Only what is folded is remembered, and these begin folded: the entry stands for an open section.
  const open = useStudioState(state => state.shell.foldedPanels.includes(key))
  return (
    <Disclosure
      className="disclosure edit-section"
      isExpanded={open}
      onExpandedChange={now => foldPanel(studio, key, now)}
    >
      <div className="edit-section-head">
        <DisclosureHeading level={3}>{title}</DisclosureHeading>
        <span className="edit-section-summary">{summary}</span>
      </div>
      <DisclosurePanel>
        <div className="edit-section-body">{children}</div>
      </DisclosurePanel>
    </Disclosure>
  )
}

const BY: readonly { id: FillBy; title: string }[] = [
  { id: 'spectrum', title: 'Spectrum' },
  { id: 'probability', title: 'Prob.' },
  { id: 'mask', title: 'Class' },
  { id: 'band', title: 'Band' },
]

/** What a fill takes for alike. */
function FillFields() {
  const studio = useStudio()
  const fillBy = useStudioState(state => state.edit.fillBy)
  const fillSpectralTolerance = useStudioState(state => state.edit.fillSpectralTolerance)
  const fillTolerance = useStudioState(state => state.edit.fillTolerance)
  const fillBand = useStudioState(state => state.edit.fillBand)
  const fillBandTolerance = useStudioState(state => state.edit.fillBandTolerance)
  return (
    <>
      <Segmented
        label="Fill by"
        value={fillBy}
        options={BY}
        onChange={id => setFill(studio, { fillBy: id })}
      />
      {fillBy === 'spectrum' && (
        <Slider
          label="Tolerance"
          value={fillSpectralTolerance}
          minValue={0.05}
          maxValue={MAX_SPECTRAL_TOLERANCE}
          step={0.05}
          format={{ minimumFractionDigits: 2 }}
          onChange={value => setFill(studio, { fillSpectralTolerance: value })}
        />
      )}
      {fillBy === 'probability' && (
        <Slider
          label="Tolerance"
          value={fillTolerance}
          minValue={0}
          maxValue={0.5}
          step={0.01}
          format={{ minimumFractionDigits: 2 }}
          onChange={value => setFill(studio, { fillTolerance: value })}
        />
      )}
      {fillBy === 'band' && (
        <>
          <Select
            label="Band"
            inline
            value={String(fillBand)}
            options={BANDS.map(({ name, title }, index) => ({
              id: String(index),
              title: `${name} ${title}`,
            }))}
            onChange={id => setFill(studio, { fillBand: Number(id) })}
          />
          <Slider
            label="Tolerance"
            value={fillBandTolerance}
            minValue={0.01}
            maxValue={0.5}
            step={0.01}
            format={{ style: 'percent' }}
            onChange={value => setFill(studio, { fillBandTolerance: value })}
          />
        </>
      )}
    </>
  )
}

/** Small landslides, holes and ragged edges: first outlined, then applied as one step. */
function CleanUpFields() {
  const studio = useStudio()
  const area = useStudioState(state => state.edit.cleanUpArea)
  const radius = useStudioState(state => state.edit.cleanUpRadius)
  const shown = useStudioState(state => {
    const {
      edit: { cleanUp },
    } = state
    return cleanUp?.patchId === state.view.selectedId &&
      cleanUp?.revision === (state.review.maskRevision[cleanUp.patchId] ?? 0)
      ? cleanUp
      : null
  })
  return (
    <div className="stack-tight">
      <div className="clean-up-sizes">
        <NumberField
          label="Smaller than (pixels)"
          value={area}
          minValue={1}
          maxValue={100_000}
          onChange={value => setCleanUp(studio, { cleanUpArea: value })}
        />
        <NumberField
          label="Majority radius"
          value={radius}
          minValue={1}
          maxValue={10}
          onChange={value => setCleanUp(studio, { cleanUpRadius: value })}
        />
      </div>
      <div className="clean-up-buttons">
        <CommandButton command="clean-up-minimum-area">Small landslides</CommandButton>
        <CommandButton command="clean-up-holes">Holes</CommandButton>
        <CommandButton command="clean-up-majority">Majority</CommandButton>
      </div>
      {shown && (
        <div className="clean-up-preview" role="status">
          <span>
            {shown.pixels === 0
              ? 'No pixels would change.'
              : `${shown.pixels} pixels would change (outlined).`}
          </span>
          <div className="button-row">
            {shown.pixels > 0 && (
              <CommandButton command="clean-up-apply" look="primary">
                Apply
              </CommandButton>
            )}
            <CommandButton command="clean-up-cancel" look="quiet">
              {shown.pixels > 0 ? 'Cancel' : 'Close'}
            </CommandButton>
          </div>
        </div>
      )}
    </div>
  )
}
