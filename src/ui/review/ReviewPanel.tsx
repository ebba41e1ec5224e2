import { setThreshold } from '../../state/actions/setThreshold'
import { emptyEnsemble } from '../../state/modelSelectors'
import { isFrozen, isReviewable, selectedPatch } from '../../state/selectors'
import { MAX_BRUSH_RADIUS, MIN_BRUSH_RADIUS } from '../../state/slices/viewSlice'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

export function ReviewPanel() {
  const studio = useStudio()
  const threshold = useStudioState(state => state.threshold)
  const tool = useStudioState(state => state.tool)
  const brushRadius = useStudioState(state => state.brushRadius)
  const noEnsemble = useStudioState(state => (state.patches.length > 0 ? emptyEnsemble(state) : null))
  const hint = useStudioState(thresholdHint)
  return (
    <section className="panel" aria-label="Review">
      <div className="panel-head">
        <h2>Review</h2>
        <div className="button-row">
          <CommandButton command="undo" icon="undo" iconOnly look="quiet" />
          <CommandButton command="redo" icon="redo" iconOnly look="quiet" />
          <CommandButton command="run-ensemble" icon="run" />
        </div>
      </div>
      <div className="panel-pad stack">
        {noEnsemble && <p className="hint">{noEnsemble}</p>}
        <div>
          <Slider
            label="Threshold"
            value={threshold}
            minValue={0.01}
            maxValue={0.99}
            step={0.01}
            format={{ minimumFractionDigits: 2 }}
            onChange={value => setThreshold(studio, value)}
          />
          <p className="hint">{hint}</p>
        </div>
        <div className="tool-line">
          <div className="button-group">
            <CommandButton command="pan" icon="pan" iconOnly pressed={tool === 'pan'} />
            <CommandButton command="brush" icon="brush" iconOnly pressed={tool === 'brush'} />
            <CommandButton command="erase" icon="erase" iconOnly pressed={tool === 'erase'} />
          </div>
          <Slider
            label="Brush radius"
            hideLabel
            value={brushRadius}
            minValue={MIN_BRUSH_RADIUS}
            maxValue={MAX_BRUSH_RADIUS}
            step={0.5}
            format={{ minimumFractionDigits: 1 }}
            isDisabled={tool === 'pan'}
            onChange={value => studio.store.setState({ brushRadius: value })}
          />
        </div>
        <div className="verdict-grid">
          <CommandButton command="accept" icon="accept" look="primary" showKey />
          <CommandButton command="reject" icon="reject" showKey />
          <CommandButton command="unsure" icon="unsure" showKey />
          <CommandButton command="skip" icon="skip" showKey />
        </div>
      </div>
    </section>
  )
}

/** What the threshold does to the patch on screen, so that nothing moves by surprise. */
function thresholdHint(state: StudioState): string {
  const patch = selectedPatch(state)
  if (patch && !isReviewable(patch))
    return 'A labelled patch shows its reference; the threshold does not move it.'
  if (patch && isFrozen(state, patch.id))
    return 'Painted or judged by you: the threshold leaves this mask alone.'
  return 'Moves every mask that you have not painted or judged.'
}
