import { renamePatch } from '../../state/patches/actions'
import { selectedPatch } from '../../state/patches/selectors'
import { NameDialog } from '../dialogs/NameDialog'
import { useStudio, useStudioState } from '../studioContext'

export function RenamePatchDialog() {
  const studio = useStudio()
  const patch = useStudioState(selectedPatch)
  if (!patch) return null
  return (
    <NameDialog
      title="Rename patch"
      name={patch.name}
      confirm="Rename"
      onConfirm={name => renamePatch(studio, patch.id, name)}
    />
  )
}
