import { Button } from 'react-aria-components'
import { discardRound, pauseRound } from '../../state/rounds/runRound'
import { closeDialog } from '../../state/shell/actions'
import { ConfirmDialog, StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** Asked before a round that has come some way is cancelled. */
export function StopRoundDialog() {
  const studio = useStudio()
  const close = () => closeDialog(studio)
  return (
    <StudioDialog title="Cancel this round?" role="alertdialog" onClose={close}>
      <div className="stack">
        <p>
          Cancelling deletes what its networks have learned. Pausing keeps it: the round can go on later,
          after a reload too. Masks and verdicts stay either way.
        </p>
        <div className="dialog-foot">
          <Button
            className="button button-quiet"
            onPress={() => {
              close()
              studio.jobs.cancel('round')
            }}
          >
            Cancel the round
          </Button>
          <span className="spacer" />
          <Button className="button button-plain" onPress={close}>
            Go on
          </Button>
          <Button className="button button-primary" autoFocus onPress={() => void pauseRound(studio)}>
            Pause instead
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

export function DiscardRoundDialog() {
  const studio = useStudio()
  const index = useStudioState(state => state.rounds.unfinished?.index ?? 0)
  return (
    <ConfirmDialog
      title={`Discard round ${index}?`}
      keep="Keep"
      confirm="Discard the round"
      onConfirm={() => void discardRound(studio)}
    >
      <p>
        What its networks have learned so far is deleted from this browser’s storage. Masks, verdicts and
        finished rounds stay.
      </p>
    </ConfirmDialog>
  )
}
