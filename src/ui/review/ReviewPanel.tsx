import { useEffect, useRef } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { PatchRecord } from '../../core/review/records'
import { emptyEnsemble } from '../../state/models/selectors'
import { writeNote } from '../../state/patches/actions'
import { reasonFor, selectedPatch } from '../../state/patches/selectors'
import { closeNote } from '../../state/review/actions'
import { isEditedLabel, isFrozen, isReviewable, isUnreviewed } from '../../state/review/selectors'
import { setThreshold } from '../../state/review/threshold'
import { canChange } from '../../state/session/selectors'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { HelpTip, Slider } from '../controls/Fields'
import { Icon, VERDICT_LOOK } from '../controls/Icon'
import { verdictText } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { RunButtons } from './RunMenu'

/** Judging the patch on screen: one row under the image, which has the rest of the height. */
export function ReviewPanel() {
  const patch = useStudioState(selectedPatch)
  const noEnsemble = useStudioState(state => (state.patches.list.length > 0 ? emptyEnsemble(state) : null))
  const noteOpen = useStudioState(state => state.review.noteOpen)
  // Its scores stay where `predictedBy` is on its way from one round's networks to the next one's.
  const predicted = useStudioState(state => selectedPatch(state)?.scores !== undefined)
  const judged = useStudioState(state => state.review.verdicts[state.view.selectedId ?? ''] !== undefined)
  const edited = useStudioState(state => isEditedLabel(state, selectedPatch(state)))
  const changed = patch?.hasLabel && (edited || judged)
  return (
    <section className="review-dock" aria-label="Review">
      <div className="verdict-row">
        <CommandButton
          command="accept"
          icon="accept"
          look={predicted || edited ? 'primary' : 'plain'}
          showKey
        />
        <CommandButton command="reject" icon="reject" showKey />
        <CommandButton command="unsure" icon="unsure" detail="left out of training, asked again" showKey />
        <CommandButton command="skip" icon="skip" showKey />
        <CommandButton command="note" icon="note" iconOnly look="quiet" />
        {/* One at a time, for the row to be one: a label that is restored loses its verdict too. */}
        {changed ? (
          <CommandButton command="restore-label" icon="restore" iconOnly look="quiet" />
        ) : (
          judged && <CommandButton command="clear-verdict" icon="remove" iconOnly look="quiet" />
        )}
        <ThresholdField />
        <RunButtons primary={!predicted} />
      </div>
      {noteOpen && patch && <NoteField key={patch.id} patch={patch} />}
      <FlipLine />
      {noEnsemble && <p className="dock-line hint">{noEnsemble}</p>}
    </section>
  )
}

/** Why this patch is here, how sure the networks are of it, and what was said of it. */
export function WhyLine() {
  const patch = useStudioState(selectedPatch)
  const verdict = useStudioState(state => (patch ? state.review.verdicts[patch.id] : undefined))
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
          {verdictText(verdict)}
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
  const left = state.patches.list.filter(patch => isUnreviewed(state, patch)).length
  return left === 0 ? 'All reviewed' : `${left} to review`
}

function ThresholdField() {
  const studio = useStudio()
  const threshold = useStudioState(state => state.review.threshold)
  const isDisabled = useStudioState(state => !canChange(state))
  const hint = useStudioState(thresholdHint)
  return (
    <div className="threshold-field" title={hint}>
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
      <HelpTip topic="threshold">{hint}</HelpTip>
    </div>
  )
}

/** What the threshold would change of masks that are accepted: nothing moves by surprise, and nothing in silence. */
function FlipLine() {
  const flipText = useStudioState(flipHint)
  return (
    <div className={flipText ? 'flip-line' : 'visually-hidden'}>
      <p className="flip-hint" role="status">
        {flipText}
      </p>
      {flipText && <CommandButton command="accept-anew" />}
    </div>
  )
}

/** How many accepted masks the current threshold would change; null: none. */
function flipHint(state: StudioState): string | null {
  const { pixels, pending } = state.review.flips
  const counts = Object.values(pixels)
  if (counts.length === 0) return pending > 0 ? `Comparing ${masks(pending)}…` : null
  const sum = counts.reduce((total, count) => total + count, 0)
  const here = pixels[state.view.selectedId ?? '']
  const more = pending > 0 ? `, ${pending} to compare` : ''
  const own = here === undefined ? '' : `, here ${here.toLocaleString('en')}`
  return `${masks(counts.length)} ${counts.length === 1 ? 'changes' : 'change'} by ${sum.toLocaleString('en')} px${own}${more}`
}

const masks = (count: number) => plural(count, 'accepted mask')

/** What the threshold does to the patch on screen. */
function thresholdHint(state: StudioState): string {
  const patch = selectedPatch(state)
  if (patch && !isReviewable(patch)) return 'A label: the threshold does not affect it.'
  if (patch && isFrozen(state, patch.id))
    return 'Edited or reviewed by you: the threshold does not affect it.'
  const { thresholdChosen, modelThreshold } = state.review
  const whose = !thresholdChosen && modelThreshold !== null ? 'Chosen for these models. ' : ''
  return `${whose}Affects masks you have not edited or reviewed.`
}

/** Saved with Enter, Ctrl+Enter, or by going elsewhere; Escape leaves the note as it was. */
function NoteField({ patch }: { patch: PatchRecord }) {
  const studio = useStudio()
  const field = useRef<HTMLInputElement>(null)
  const abandoned = useRef(false)
  useEffect(() => {
    const before = document.activeElement
    field.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const save = () => {
    if (!abandoned.current) writeNote(studio, patch.id, field.current?.value ?? '')
  }
  return (
    <TextField className="note-field" defaultValue={patch.note ?? ''} onBlur={save}>
      <Label className="slider-label">Note</Label>
      <Input
        ref={field}
        className="text-input"
        placeholder={`On ${patch.name}: Enter saves, Esc cancels`}
        onKeyDown={event => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          if (event.key === 'Enter') save()
          abandoned.current = true
          closeNote(studio)
        }}
      />
    </TextField>
  )
}
