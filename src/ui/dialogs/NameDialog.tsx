import { type FormEvent, useState } from 'react'
import { Button, Input, Label, TextField } from 'react-aria-components'
import { StudioDialog } from './StudioDialog'

/** Asks for a name; an empty one cannot be confirmed. */
export function NameDialog({
  title,
  name: before,
  confirm,
  onConfirm,
}: {
  title: string
  name: string
  confirm: string
  onConfirm: (name: string) => void
}) {
  const [name, setName] = useState(before)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onConfirm(name)
  }
  return (
    <StudioDialog title={title}>
      <form className="stack" onSubmit={submit}>
        <TextField className="text-field" value={name} onChange={setName} maxLength={200} autoFocus>
          <Label className="field-label">Name</Label>
          <Input className="text-input" onFocus={event => event.target.select()} />
        </TextField>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-primary" type="submit" isDisabled={name.trim() === ''}>
            {confirm}
          </Button>
        </div>
      </form>
    </StudioDialog>
  )
}
