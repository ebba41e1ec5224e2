import { Button } from 'react-aria-components'
import { dismissInterrupted } from '../../state/shell/interrupted'
import type { OfferedWork } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** What became of the work, and the command that begins it again; null: its place is in a panel. */
const OFFERS: Readonly<Record<OfferedWork, { text: string; command: string | null }>> = {
  import: {
    text: 'Adding files was interrupted. What was read is kept: open the files again for the rest.',
    command: 'open-files',
  },
  demo: {
    text: 'Opening the demo was interrupted. Patches that were made are kept.',
    command: 'open-demo',
  },
  prediction: {
    text: 'The last prediction was interrupted. Patches that were done keep their maps.',
    command: 'continue-prediction',
  },
  'round-restore': {
    text: 'Going back to a round was interrupted. Its models are in use; some patches lack its map.',
    command: 'continue-prediction',
  },
  'model-import': {
    text: 'Adding a model was interrupted: open its files again.',
    command: 'open-files',
  },
  'model-export': {
    text: 'Saving a model was interrupted: no file was saved. Save it again in Models.',
    command: null,
  },
  export: { text: 'The last export was interrupted: no file was saved.', command: 'export' },
  'archive-saving': {
    text: 'Saving the archive was interrupted: no file was saved.',
    command: 'save-archive',
  },
  'archive-opening': {
    text: 'Opening an archive was interrupted. This project is as it was.',
    command: 'open-archive',
  },
  'project-copy': {
    text: 'Duplicating the project was interrupted: there is no copy.',
    command: 'duplicate-project',
  },
  'bulk-accept': {
    text: 'Accepting in bulk was interrupted: no verdict was changed.',
    command: 'bulk-accept',
  },
  're-accept': {
    text: 'Re-accepting masks was interrupted: no verdict was changed.',
    command: 'accept-anew',
  },
  'bulk-undo': { text: 'Undoing was interrupted: nothing was changed.', command: 'undo' },
  'bulk-redo': { text: 'Redoing was interrupted: nothing was changed.', command: 'redo' },
}

/** Long work that the end of the last visit cut off, offered again until it is begun or dismissed. */
export function InterruptedStrip() {
  const studio = useStudio()
  const work = useStudioState(({ shell }) => shell.interrupted[0]?.work)
  if (!work) return null
  const { text, command } = OFFERS[work]
  return (
    <section className="strip session-strip" aria-label="Interrupted">
      <Icon name="warning" />
      <p role="status">{text}</p>
      <span className="spacer" />
      {command && <CommandButton command={command} look="primary" />}
      <Button className="button button-plain" onPress={() => dismissInterrupted(studio, work)}>
        Dismiss
      </Button>
    </section>
  )
}
