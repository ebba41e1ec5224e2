import { setThreshold } from '../../state/actions/setThreshold'
import { canChange, isFrozen, isReviewable, selectedPatch } from '../../state/selectors'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { HelpTip } from '../controls/HelpTip'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

/** The threshold, and what it would change of masks that are accepted: nothing moves by surprise, and nothing in silence. */
export function ThresholdLine() {
  const studio = useStudio()
  const threshold = useStudioState(state => state.threshold)
  const isDisabled = useStudioState(state => !canChange(state))
  const flipText = useStudioState(flipHint)
  const hint = useStudioState(thresholdHint)
  return (
    <div className="threshold-row">
      <Slider
        label="Threshold"
        value={threshold}
        minValue={0.01}
        maxValue={0.99}
        step={0.01}
        isDisabled={isDisabled}
        format={{ minimumFractionDigits: 2 }}
        onChange={value => setThreshold(studio, value)}
      />
      <HelpTip topic="threshold" />
      <p className={flipText ? 'flip-hint' : 'hint'} role="status" title={flipText ?? hint}>
        {flipText ?? hint}
      </p>
      {flipText && <CommandButton command="accept-anew" />}
    </div>
  )
}

/** How many accepted masks the threshold in force would change; null: none. */
function flipHint(state: StudioState): string | null {
  const { pixels, pending } = state.flips
  const counts = Object.values(pixels)
  if (counts.length === 0) return pending > 0 ? `Comparing ${masks(pending)}…` : null
  const sum = counts.reduce((total, count) => total + count, 0)
  const here = pixels[state.selectedId ?? '']
  const more = pending > 0 ? `, ${pending} to compare` : ''
  const own = here === undefined ? '' : `, here ${here.toLocaleString('en')}`
  return `${masks(counts.length)} flip ${sum.toLocaleString('en')} px${own}${more}`
}

const masks = (count: number) => (count === 1 ? '1 accepted mask' : `${count} accepted masks`)

/** What the threshold does to the patch on screen. */
function thresholdHint(state: StudioState): string {
  const patch = selectedPatch(state)
  if (patch && !isReviewable(patch)) return 'A reference label: the threshold does not move it.'
  if (patch && isFrozen(state, patch.id))
    return 'Painted or judged by you: the threshold leaves this mask alone.'
  return 'Moves masks not painted or judged by you.'
}
