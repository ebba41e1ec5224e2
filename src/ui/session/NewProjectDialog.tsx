import { Button } from 'react-aria-components'
import { newProject } from '../../state/session/projectActions'
import { closeDialog } from '../../state/shell/actions'
import { CommandButton } from '../controls/CommandButton'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function NewProjectDialog() {
  const studio = useStudio()
  const close = () => closeDialog(studio)
  return (
    <StudioDialog title="New project" role="alertdialog" onClose={close}>
      <div className="stack">
        <WhatIsLost />
        <div className="dialog-foot">
          <CommandButton command="save-archive" look="plain" />
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={close}>
            Keep it
          </Button>
          <Button className="button button-primary" onPress={() => void newProject(studio)}>
            Empty the project
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** What the present project holds and would lose, by count. */
export function WhatIsLost() {
  const name = useStudioState(state => state.session.project?.name ?? '')
  const patches = useStudioState(state => state.patches.list.length)
  const verdicts = useStudioState(state => Object.keys(state.review.verdicts).length)
  const strokes = useStudioState(state => state.review.history.filter(step => step.kind === 'stroke').length)
  const rounds = useStudioState(state => state.rounds.list.length)
  const parts = [
    count(patches, 'patch', 'patches'),
    count(verdicts, 'verdict'),
    count(strokes, 'stroke'),
    count(rounds, 'round'),
  ]
  return (
    <p className="note">
      <strong>“{name}” is deleted from this browser:</strong> {parts.join(', ')}, with all masks,
      probabilities and models. Save an archive of it first if you may want it back.
    </p>
  )
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
