import { emptyEnsemble } from '../../state/modelSelectors'
import { reasonFor } from '../../state/queueSelectors'
import { isUnreviewed, selectedPatch } from '../../state/selectors'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { HelpTip } from '../controls/HelpTip'
import { Icon } from '../controls/Icon'
import { VERDICT_LOOK } from '../patches/verdictLook'
import { useStudioState } from '../studioContext'
import { NoteField } from './NoteField'
import { ThresholdLine } from './ThresholdLine'

/** Judging the patch on screen: a dock under the image, so that eyes stay on it. */
export function ReviewPanel() {
  const patch = useStudioState(selectedPatch)
  const noEnsemble = useStudioState(state => (state.patches.length > 0 ? emptyEnsemble(state) : null))
  const noteOpen = useStudioState(state => state.noteOpen)
  // Its scores stay where `predictedBy` is on its way from one round's networks to the next one's.
  const predicted = useStudioState(state => selectedPatch(state)?.scores !== undefined)
  const judged = useStudioState(state => state.verdicts[state.selectedId ?? ''] !== undefined)
  return (
    <section className="review-dock" aria-label="Review">
      <div className="verdict-row">
        <CommandButton command="accept" icon="accept" look={predicted ? 'primary' : 'plain'} showKey />
        <CommandButton command="reject" icon="reject" showKey />
        <CommandButton command="unsure" icon="unsure" showKey />
        {!judged && <HelpTip topic="unsure" />}
        <CommandButton command="skip" icon="skip" showKey />
        <CommandButton command="note" icon="note" iconOnly look="quiet" />
        {judged && <CommandButton command="clear-verdict" icon="remove" iconOnly look="quiet" />}
        <span className="spacer" />
        <CommandButton command="run-ensemble" icon="run" look={predicted ? 'plain' : 'primary'} />
      </div>
      {noteOpen && patch ? <NoteField key={patch.id} patch={patch} /> : <ThresholdLine />}
      {noEnsemble ? <p className="dock-line hint">{noEnsemble}</p> : <WhyLine />}
    </section>
  )
}

/** Why this patch is here, how sure the networks are of it, and what was said of it. */
function WhyLine() {
  const patch = useStudioState(selectedPatch)
  const verdict = useStudioState(state => (patch ? state.verdicts[patch.id] : undefined))
  const why = useStudioState(whySelected)
  const left = useStudioState(leftToDo)
  if (!patch) return null
  const note = patch.note || verdict?.note
  return (
    <p className="dock-line">
      <span className="dock-why" title={why}>
        {why}
      </span>
      {patch.scores && (
        <span className="tabular" title="1 - entropy of the ensemble over the worst 1 % of the pixels">
          Confidence {patch.scores.confidence.toFixed(2)}
        </span>
      )}
      {verdict && (
        <span className={`dock-verdict chip-${verdict.kind}`}>
          <Icon name={VERDICT_LOOK[verdict.kind].icon} />
          {VERDICT_LOOK[verdict.kind].title} at {verdict.threshold.toFixed(2)}
        </span>
      )}
      {note && (
        <span className="dock-note" title={note}>
          <Icon name="note" />
          {note}
        </span>
      )}
      <span className="spacer" />
      <span className="tabular">{left}</span>
    </p>
  )
}

function whySelected(state: StudioState): string {
  const patch = selectedPatch(state)
  return patch ? reasonFor(state, patch) : ''
}

function leftToDo(state: StudioState): string {
  const left = state.patches.filter(patch => isUnreviewed(state, patch)).length
  return left === 0 ? 'All reviewed' : `${left} to review`
}
