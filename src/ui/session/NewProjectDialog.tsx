import { Button } from 'react-aria-components'
import { newProject } from '../../state/actions/projectArchive'
import { CommandButton } from '../controls/CommandButton'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio } from '../studioContext'
import { WhatIsLost } from './WhatIsLost'

export function NewProjectDialog() {
  const studio = useStudio()
  const close = () => studio.store.setState({ dialog: null })
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
