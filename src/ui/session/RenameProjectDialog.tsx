import { type FormEvent, useState } from 'react'
import { Button, Input, Label, TextField } from 'react-aria-components'
import { renameProject } from '../../state/session/projectActions'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function RenameProjectDialog() {
  const studio = useStudio()
  const [name, setName] = useState(useStudioState(state => state.session.project?.name ?? ''))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    renameProject(studio, name)
  }
  return (
    <StudioDialog title="Rename project">
      <form className="stack" onSubmit={submit}>
        <TextField className="field" value={name} onChange={setName} maxLength={200} autoFocus>
          <Label>Name</Label>
          <Input className="input" />
        </TextField>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-primary" type="submit" isDisabled={name.trim() === ''}>
            Rename
          </Button>
        </div>
      </form>
    </StudioDialog>
  )
}
