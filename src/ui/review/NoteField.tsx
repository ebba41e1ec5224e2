import { useEffect, useRef } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { writeNote } from '../../state/actions/writeNote'
import type { PatchRecord } from '../../storage/projectStore'
import { useStudio } from '../studioContext'

/** Saved with Enter, Ctrl+Enter, or by going elsewhere; Escape leaves the note as it was. */
export function NoteField({ patch }: { patch: PatchRecord }) {
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
        placeholder={`On ${patch.name}: Enter saves, Esc leaves it`}
        onKeyDown={event => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          if (event.key === 'Enter') save()
          abandoned.current = true
          studio.store.setState({ noteOpen: false })
        }}
      />
    </TextField>
  )
}
