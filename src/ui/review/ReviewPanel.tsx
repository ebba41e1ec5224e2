import { setThreshold } from '../../state/actions/setThreshold'
import { emptyEnsemble } from '../../state/modelSelectors'
import { isFrozen, isReviewable, selectedPatch } from '../../state/selectors'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

/** Judging the patch on screen: a dock under the image, so that eyes stay on it. */
export function ReviewPanel() {
  const studio = useStudio()
  const threshold = useStudioState(state => state.threshold)
  const noEnsemble = useStudioState(state => (state.patches.length > 0 ? emptyEnsemble(state) : null))
  const hint = useStudioState(thresholdHint)
  return (
    <section className="review-dock" aria-label="Review">
      <div className="verdict-row">
        <CommandButton command="accept" icon="accept" look="primary" showKey />
        <CommandButton command="reject" icon="reject" showKey />
        <CommandButton command="unsure" icon="unsure" showKey />
        <CommandButton command="skip" icon="skip" showKey />
        <span className="spacer" />
        <CommandButton command="run-ensemble" icon="run" />
      </div>
      {noEnsemble && <p className="hint">{noEnsemble}</p>}
      <div className="threshold-row">
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
