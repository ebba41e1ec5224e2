import { Button } from 'react-aria-components'
import { removeModel } from '../../state/models/actions'
import { closeDialog } from '../../state/shell/actions'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function RemoveModelDialog() {
  const studio = useStudio()
  const id = useStudioState(state => state.models.dialogId) ?? ''
  const title = useStudioState(state => state.models.list.find(model => model.id === id)?.title ?? id)
  const close = () => closeDialog(studio)
  return (
    <StudioDialog title={`Remove ${title}?`} role="alertdialog" onClose={close}>
      <div className="stack">
        <p>
          Its weights are deleted from this browser’s storage. The file that you dropped is not touched, and
          masks, verdicts and rounds stay.
        </p>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={close}>
            Keep
          </Button>
          <Button
            className="button button-primary"
            onPress={() => {
              close()
              void removeModel(studio, id)
            }}
          >
            Remove
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
