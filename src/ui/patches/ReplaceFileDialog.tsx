import { useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import { verdictTitle } from '../../core/review/auditLog'
import { settleReplacement } from '../../state/patches/replaceFile'
import { patchById } from '../../state/patches/selectors'
import { closeDialog } from '../../state/shell/actions'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** Asks what becomes of a painted or judged mask: nothing is chosen before, since either may be wrong. */
export function ReplaceFileDialog() {
  const studio = useStudio()
  const waiting = useStudioState(state => state.patches.waitingReplacement)
  const patch = useStudioState(state => patchById(state, waiting?.patchId ?? null))
  const verdict = useStudioState(state => state.review.verdicts[waiting?.patchId ?? ''])
  const [keep, setKeep] = useState<'keep' | 'begin' | null>(null)
  if (!waiting || !patch) return null
  const given = verdict ? `verdict ${verdictTitle(verdict.kind).toLowerCase()}` : 'not judged yet'
  return (
    <StudioDialog title="Replace file">
      <div className="stack">
        <p>
          <code>{waiting.file.path}</code> takes the place of <code>{patch.path}</code> in {patch.name}. Its
          mask was painted or judged: {given}.
        </p>
        <RadioGroup
          className="radio-cards"
          value={keep ?? ''}
          onChange={value => setKeep(value as 'keep' | 'begin')}
        >
          <Label className="field-label">Mask and verdict</Label>
          <Radio value="keep" className="radio-card" aria-label="Keep">
            <strong>Keep</strong>
            <span className="dim">
              The new file shows the same ground. Verdict, reviewer and time stay as given.
            </span>
          </Radio>
          <Radio value="begin" className="radio-card" aria-label="Begin again">
            <strong>Begin again</strong>
            <span className="dim">{beginText(patch.hasLabel)}</span>
          </Radio>
        </RadioGroup>
        <div className="dialog-foot">
          <span className="dim">Undo brings the former file back, with both.</span>
          <span className="spacer" />
          <Button className="button button-plain" onPress={() => closeDialog(studio)}>
            Cancel
          </Button>
          <Button
            className="button button-primary"
            isDisabled={keep === null}
            onPress={() => void settleReplacement(studio, keep === 'keep')}
          >
            Replace
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

const beginText = (hasLabel: boolean) =>
  hasLabel ? 'The label as its file has it, not corrected.' : 'No mask until the networks predict the patch.'
