import { Button } from 'react-aria-components'
import { dismissInterrupted } from '../../state/shell/interrupted'
import type { JobKind } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** What became of the work, and the command that begins it again. */
const OFFERS: Readonly<Partial<Record<JobKind, { text: string; command: string }>>> = {
  predict: {
    text: 'The last prediction was interrupted. Patches that were done keep their maps.',
    command: 'continue-prediction',
  },
  import: {
    text: 'Adding files was interrupted. What was read is kept: open the files again for the rest.',
    command: 'open-files',
  },
  export: { text: 'The last export was interrupted: no file was saved.', command: 'export' },
  model: { text: 'Adding a model was interrupted: open its files again.', command: 'open-files' },
  archive: {
    text: 'Saving or opening an archive was interrupted. The project is as it was.',
    command: 'save-archive',
  },
  review: { text: 'Changing verdicts in bulk was interrupted: none was changed.', command: 'bulk-accept' },
}

/** Long work that the end of the last visit cut off, offered again until it is begun or dismissed. */
export function InterruptedStrip() {
  const studio = useStudio()
  const job = useStudioState(({ shell }) => shell.interrupted.find(({ kind }) => OFFERS[kind]))
  const offer = job && OFFERS[job.kind]
  if (!offer) return null
  return (
    <section className="strip session-strip" aria-label="Interrupted">
      <Icon name="warning" />
      <p role="status">{offer.text}</p>
      <span className="spacer" />
      <CommandButton command={offer.command} look="primary" />
      <Button className="button button-plain" onPress={() => dismissInterrupted(studio, job.kind)}>
        Dismiss
      </Button>
    </section>
  )
}
