import { Button } from 'react-aria-components'
import { discardRound, pauseRound } from '../../state/rounds/runRound'
import { closeDialog } from '../../state/shell/actions'
import { ConfirmDialog, StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** Asked before cancelling a round that has already saved progress. */
export function StopRoundDialog() {
  const studio = useStudio()
  const close = () => closeDialog(studio)
  return (
    <StudioDialog title="Cancel this round?" role="alertdialog" onClose={close}>
      <div className="stack">
        <p>
          Cancelling deletes what its networks have learned. Pausing keeps it, so that you can resume later.
          Masks and verdicts are kept either way.
        </p>
        <div className="dialog-foot">
          <Button
            className="button button-quiet"
            onPress={() => {
              close()
              studio.jobs.cancel('round')
            }}
          >
            Cancel round
          </Button>
          <span className="spacer" />
          <Button className="button button-plain" onPress={close}>
            Keep training
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
      confirm="Discard round"
      onConfirm={() => void discardRound(studio)}
    >
      <p>This deletes what its networks have learned so far. Masks, verdicts and finished rounds are kept.</p>
    </ConfirmDialog>
  )
}
