import { confirmLargeFill } from '../../state/edit/fill'
import { ConfirmDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** Asked before a fill changes a large part of a patch. */
export function LargeFillDialog() {
  const studio = useStudio()
  const share = useStudioState(state => state.edit.largeFill?.share ?? 0)
  return (
    <ConfirmDialog
      title={share > 1 ? 'Fill more than a whole cell?' : `Fill ${Math.round(100 * share)} % of this patch?`}
      keep="Cancel"
      confirm="Fill"
      onConfirm={() => confirmLargeFill(studio)}
    >
      <p>Lower the tolerance in Edit to fill less. Undo takes a fill back.</p>
    </ConfirmDialog>
  )
}
