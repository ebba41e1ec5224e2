import { Button } from 'react-aria-components'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** Another tab asks for the project: says what a hand-over would interrupt here. */
export function TakeOverDialog() {
  const studio = useStudio()
  const training = useStudioState(({ shell: { jobs } }) => jobs.round !== undefined)
  const others = useStudioState(({ shell: { jobs } }) =>
    [jobs.predict && 'the prediction', jobs.import && 'the import'].filter(Boolean).join(' and '),
  )
  const pending = useStudioState(state => state.session.pendingWrites)
  const unsaved = useStudioState(state => state.session.unsaved)
  const answer = (allow: boolean) => studio.session?.answer(allow)
  return (
    <StudioDialog title="Another tab asks to take over" role="alertdialog" onClose={() => answer(false)}>
      <div className="stack">
        <p>Only one tab can change the project at a time. If you hand it over, this tab becomes read-only.</p>
        <ul className="plain-list">
          <li>
            {training
              ? 'A round is training here: it will be paused and saved, and can be resumed in the other tab.'
              : 'No round is training here.'}
          </li>
          {others && <li>Running here: {others}. It will be stopped; finished parts are kept.</li>}
          <li>
            {unsaved
              ? `${unsaved.changes} changes cannot be saved now: the project stays here until they are saved.`
              : pending > 0
                ? `${pending} changes will be saved first.`
                : 'All changes made here are saved.'}
          </li>
        </ul>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-plain" onPress={() => answer(false)}>
            Keep it here
          </Button>
          <Button className="button button-primary" autoFocus onPress={() => answer(true)}>
            Hand it over
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
