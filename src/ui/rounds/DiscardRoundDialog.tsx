import { Button } from 'react-aria-components'
import { discardRound } from '../../state/rounds/runRound'
import { closeDialog } from '../../state/shell/actions'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function DiscardRoundDialog() {
  const studio = useStudio()
  const index = useStudioState(state => state.rounds.unfinished?.index ?? 0)
  const close = () => closeDialog(studio)
  return (
    <StudioDialog title={`Discard round ${index}?`} role="alertdialog" onClose={close}>
      <div className="stack">
        <p>
          What its networks have learned so far is deleted from this browser’s storage. Masks, verdicts and
          finished rounds stay.
        </p>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={close}>
            Keep
          </Button>
          <Button className="button button-primary" onPress={() => void discardRound(studio)}>
            Discard the round
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
