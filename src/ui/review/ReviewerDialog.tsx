import { type FormEvent, useState } from 'react'
import { Button, Input, Label, TextField } from 'react-aria-components'
import { setReviewer } from '../../state/review/actions'
import { LONGEST_NAME } from '../../state/review/slice'
import { closeDialog } from '../../state/shell/actions'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function ReviewerDialog() {
  const studio = useStudio()
  const [name, setName] = useState(useStudioState(state => state.review.reviewer))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setReviewer(studio, name)
    closeDialog(studio)
  }
  return (
    <StudioDialog title="Reviewer name">
      <form className="stack" onSubmit={submit}>
        <TextField className="text-field" value={name} onChange={setName} maxLength={LONGEST_NAME} autoFocus>
          <Label className="field-label">Name (optional)</Label>
          <Input className="text-input" />
        </TextField>
        <p className="hint">Written into your verdicts from now on, exported masks and the audit log.</p>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </StudioDialog>
  )
}
