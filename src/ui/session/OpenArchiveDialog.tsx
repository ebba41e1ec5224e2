import { Button } from 'react-aria-components'
import { acceptArchive, declineArchive } from '../../state/session/projectActions'
import { CommandButton } from '../controls/CommandButton'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatBytes } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { WhatIsLost } from './NewProjectDialog'

/** What an archive holds and what it would replace. */
export function OpenArchiveDialog() {
  const studio = useStudio()
  const archive = useStudioState(state => state.session.archive)
  const empty = useStudioState(state => state.patches.list.length === 0)
  if (!archive) return null
  const { name, patches, verdicts, steps, rounds, bytes } = archive.summary
  return (
    <StudioDialog
      title="Open project archive"
      role={empty ? 'dialog' : 'alertdialog'}
      onClose={() => declineArchive(studio)}
    >
      <div className="stack">
        <dl className="facts">
          <dt>Project</dt>
          <dd>{name}</dd>
          <dt>Holds</dt>
          <dd>
            {patches} patches, {verdicts} verdicts, {steps} steps, {rounds} rounds
          </dd>
          <dt>Size</dt>
          <dd>{formatBytes(bytes)}</dd>
        </dl>
        {!empty && <WhatIsLost />}
        <p className="hint">
          Every file is checked first. If anything is wrong with the archive, the project here stays as it is.
        </p>
        <div className="dialog-foot">
          {!empty && <CommandButton command="save-archive" look="plain" />}
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={() => declineArchive(studio)}>
            Cancel
          </Button>
          <Button className="button button-primary" onPress={() => void acceptArchive(studio)}>
            {empty ? 'Open it' : 'Replace the project'}
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
